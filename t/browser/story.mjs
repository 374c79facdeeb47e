// story.mjs - the demo's story in a real Chromium: sign in at the provider, second app, parallel tabs, sign out, bad visits.
//
// Starts demo/run on ports of its own. Screenshots go to build/screenshots. Last line: 'N passed, M failed'.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRequire } from 'node:module';

const top = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(path.join(top, 't/package.json'));
const { chromium } = require('playwright-core');
const shots = path.join(top, 'build/screenshots');
mkdirSync(shots, { recursive: true });

let passed = 0;
let failed = 0;
const ok = (value, title) => { if (value) { passed += 1; } else { failed += 1; } console.log(`${value ? 'ok' : 'not ok'} - ${title}`); };
const is = (got, want, title) => { ok(got === want, title); if (got !== want) { console.log(`#   got: ${got}\n#  want: ${want}`); } };

const freePort = () => new Promise((resolve) => {
  const s = createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => resolve(port)); });
});

async function startDemo() {
  const port = await freePort();
  const idpPort = await freePort();
  const mark = path.join(mkdtempSync(path.join(tmpdir(), 'ab-story-')), 'ready');
  const demo = spawn(path.join(top, 'demo/run'), { env: { ...process.env, DEMO_PORT: port, DEMO_IDP_PORT: idpPort, DEMO_READY: mark }, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  demo.stdout.on('data', (d) => { text += d; });
  for (let i = 0; i < 400 && !existsSync(mark) && demo.exitCode === null; i += 1) { await new Promise((r) => setTimeout(r, 100)); }
  if (!existsSync(mark)) { throw new Error(`the demo did not start:\n${text}`); }
  return { demo, port, idpPort, dir: readFileSync(mark, 'utf8').trim(), text: () => text };
}

const stopDemo = (d) => new Promise((resolve) => { d.demo.on('exit', resolve); d.demo.kill('SIGINT'); setTimeout(resolve, 15000); });

const shot = (page, name) => page.screenshot({ path: path.join(shots, `${name}.png`), fullPage: true });

async function context(browser, options = {}) {
  const c = await browser.newContext(options);
  c.setDefaultTimeout(15000);
  return c;
}

async function providerLogin(page, user) {
  await page.fill('#login', user);
  await page.fill('#password', user);
  await Promise.all([page.waitForLoadState('load'), page.click('button[type=submit]')]);
}

async function story(browser, d) {
  const app1 = `http://app1.localhost:${d.port}`;
  const app2 = `http://app2.localhost:${d.port}`;
  const c = await context(browser);
  const page = await c.newPage();

  await page.goto(`${app1}/reports/2024?view=all&x=%20y`);
  ok(page.url().startsWith(`http://id.localhost:${d.port}/realms/demo/protocol/openid-connect/auth`), 'a stranger is sent to the realm');
  is(await page.textContent('#social-example'), 'Example provider', 'the login page lists the provider by its name');
  is(await page.evaluate(() => document.scripts.length), 0, 'the login page has no script');
  is(await page.getAttribute('#kc-login', 'name'), 'login', 'the submit is named login');
  ok(await page.evaluate(() => ['username', 'password'].every((id) => document.querySelector(`label[for=${id}]`))), 'labels are tied to their fields');
  await shot(page, 'login');

  await page.click('#social-example');
  ok(page.url().startsWith(`http://idp.localhost:${d.idpPort}/`), 'the button leads to the provider');
  await shot(page, 'provider');
  await providerLogin(page, 'anna');
  is(page.url(), `${app1}/reports/2024?view=all&x=%20y`, 'back at exactly the page asked for');
  is(await page.textContent('#user'), 'anna', 'the app got the user name');
  is(await page.textContent('#e-mail'), 'anna@company.example', 'and the verified e-mail');
  is(await page.textContent('#name'), 'Anna Archer', 'and the name');
  is(await page.textContent('#cookies-seen'), 'none', 'and none of our cookies (T-HD12)');
  await shot(page, 'app');

  await page.click('#other');
  is(page.url(), `${app2}/`, 'the second app asks nothing');
  is(await page.textContent('#user'), 'anna', 'and knows the user');

  await page.goto(`${app1}/editors/`);
  ok((await page.textContent('body')).includes('may not'), 'a page for editors is refused with a page that says so');
  await shot(page, 'refused');

  await page.goBack();
  await page.goto(`${app1}/`);
  const api = await page.evaluate(async () => { const r = await fetch('/.auth/userinfo'); return [r.status, r.headers.get('cache-control'), await r.json()]; });
  is(api[0], 200, 'userinfo answers the page\'s own script');
  ok(/no-store/.test(api[1] ?? ''), 'and is not stored');

  const tab = await c.newPage();
  await tab.goto(`${app2}/calendar`);
  await page.goto(`${app1}/`);
  await page.click('#logout');
  await page.waitForLoadState('load');
  if (page.url().startsWith(`http://idp.localhost:${d.idpPort}/`)) { await shot(page, 'provider-logout'); await page.click('button[name=logout]'); await page.waitForLoadState('load'); }
  ok((await page.textContent('body')).includes('signed out'), 'signing out ends at a page that says so');
  await shot(page, 'signed-out');
  await tab.goto(`${app2}/calendar`);
  ok(tab.url().includes('/realms/demo/'), 'the other app is signed out at once');
  await page.goto(`${app1}/`);
  ok(page.url().includes('/realms/demo/'), 'and this one too');
  is((await c.cookies()).filter((k) => k.name.endsWith('auth') && k.domain === 'app1.localhost').length, 0, 'the session cookie is gone (T-SE6)');
  await c.close();
}

async function localLogin(browser, d) {
  const c = await context(browser, { colorScheme: 'dark', viewport: { width: 390, height: 800 } });
  const page = await c.newPage();
  await page.goto(`http://app1.localhost:${d.port}/editors/?q=1`);
  await shot(page, 'login-phone-dark');
  await page.keyboard.type('lena');
  await page.keyboard.press('Tab');
  await page.keyboard.type('wrong');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  is(await page.getAttribute('#username', 'aria-invalid'), 'true', 'a wrong password marks the field');
  is(await page.getAttribute('#username', 'aria-describedby'), 'username-error', 'and ties the message to it');
  await shot(page, 'login-wrong-phone-dark');
  await page.fill('#username', 'lena');
  await page.fill('#password', 'lena');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  is(page.url(), `http://app1.localhost:${d.port}/editors/?q=1`, 'the keyboard alone signs in');
  is(await page.textContent('#user'), 'lena', 'as the local user, whose role opens the page');
  await shot(page, 'app-phone-dark');
  await c.close();
}

async function parallelTabs(browser, d) {
  const c = await context(browser);
  const tabs = await Promise.all([1, 2, 3].map(() => c.newPage()));
  await Promise.all(tabs.map((t, i) => t.goto(`http://app1.localhost:${d.port}/tab/${i}?n=${i}`)));
  ok(tabs.every((t) => t.url().includes('/realms/demo/')), 'three first tabs at once all reach the login page');
  const order = [2, 0, 1];
  for (const i of order) {
    await tabs[i].bringToFront();
    if (await tabs[i].$('#kc-form-login')) {
      await tabs[i].fill('#username', 'lena');
      await tabs[i].fill('#password', 'lena');
      await Promise.all([tabs[i].waitForNavigation(), tabs[i].click('#kc-login')]);
    }
    is(tabs[i].url(), `http://app1.localhost:${d.port}/tab/${i}?n=${i}`, `tab ${i}, finished out of order, lands at its own page`);
  }
  await tabs[2].reload();
  is(await tabs[2].textContent('#user'), 'lena', 'the first finished tab is still signed in');
  await tabs[0].goBack();
  ok((await tabs[0].textContent('body')).length > 0, 'the back button shows a page');
  await c.close();
}

async function badVisits(browser, d) {
  const c = await context(browser);
  const page = await c.newPage();
  const answer = await page.goto(`http://app1.localhost:${d.port}/.auth/callback?code=x&state=forged`);
  is(answer.status(), 400, 'a forged callback is a 400 page');
  ok(await page.$('a[href]'), 'with a way to start again');
  await shot(page, 'forged-callback');
  is((await c.cookies()).filter((k) => k.name === '__Host-auth' || k.name === 'auth').length, 0, 'and no session');
  const lost = await page.goto(`http://id.localhost:${d.port}/realms/demo/login-actions/authenticate?client_id=app1&tab_id=nope`);
  is(lost.status(), 400, 'a login page without its cookie is a 400 page');
  await shot(page, 'lost-login');
  const none = await page.goto(`http://id.localhost:${d.port}/realms/nope/protocol/openid-connect/auth`);
  is(none.status(), 404, 'an unknown realm is 404');
  await c.close();
}

async function main() {
  const d = await startDemo();
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'] });
  try {
    for (const part of [story, localLogin, parallelTabs, badVisits]) {
      await part(browser, d).catch((e) => { failed += 1; console.log(`not ok - ${part.name}: ${e.stack}`); });
    }
    const log = readFileSync(path.join(d.dir, 'error.log'), 'utf8');
    is(log.split('\n').filter((l) => /\[(alert|emerg)\]/.test(l)).join('\n'), '', 'no alert in the log');
  } finally {
    await browser.close();
    await stopDemo(d);
  }
  ok(!existsSync(d.dir), 'Ctrl-C ends the demo and leaves nothing behind');
  rmSync(d.dir, { recursive: true, force: true });
}

main().catch((e) => { failed += 1; console.log(`not ok - ${e.stack}`); }).finally(() => {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
});
