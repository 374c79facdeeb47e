// provider.mjs - a real OpenID provider (npm oidc-provider) with two users, for the demo and the tests.
//
// usage: node provider.mjs PORT [OPTIONS-JSON]
//   issuer     default http://localhost:PORT
//   host       address to listen at, default 127.0.0.1
//   clients    [{client_id, client_secret, redirect_uris, post_logout_redirect_uris, …}]
//   users      {name: {password, email, email_verified, given_name, family_name}}
//   freshKey   a signing key of this start alone, instead of the package's fixed one
//   lifetimes  {AccessToken, IdToken, Session … in seconds}
// Prints "ready ISSUER" on a line when it listens. Ends with its standard input when STOP_WITH_STDIN is set.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import http from 'node:http';
import { Provider } from 'oidc-provider';

const port = Number(process.argv[2] || 9010);
const options = JSON.parse(process.argv[3] || '{}');
const issuer = options.issuer || `http://localhost:${port}`;

const users = options.users || {
  anna: { password: 'anna', email: 'anna@company.example', email_verified: true, given_name: 'Anna', family_name: 'Archer' },
  ben: { password: 'ben', email: 'ben@company.example', email_verified: true, given_name: 'Ben', family_name: 'Baker' },
};

const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const page = (title, body) => `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>
:root{color-scheme:light dark;--bg:#fbf6ee;--card:#fff;--text:#2a2017;--line:#dccfbb;--main:#8a4b12}
@media(prefers-color-scheme:dark){:root{--bg:#1c1712;--card:#28211a;--text:#f2e9dd;--line:#54483a;--main:#f0b070}}
body{font:16px/1.5 system-ui,"DejaVu Sans",sans-serif;background:var(--bg);color:var(--text);display:flex;justify-content:center;margin:0;padding:8vh 16px}
main{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:28px;width:100%;max-width:24rem;box-sizing:border-box}
label{display:block;font-weight:600;margin:14px 0 6px}input{width:100%;box-sizing:border-box;font:inherit;padding:10px 12px;border:1px solid var(--line);border-radius:9px;background:var(--bg);color:inherit}
button{width:100%;margin-top:20px;font:inherit;font-weight:600;padding:11px;border:0;border-radius:9px;background:var(--main);color:var(--card);cursor:pointer}
h1{font-size:1.4rem;margin:0 0 8px}.bad{color:#b3261e}</style></head><body><main>${body}</main></body></html>`;

const account = (name) => users[name] && {
  accountId: name,
  async claims() {
    const { password, ...claims } = users[name];
    return {
      sub: name, preferred_username: name,
      name: [claims.given_name, claims.family_name].filter(Boolean).join(' ') || undefined, ...claims,
    };
  },
};

const freshKey = () => ({
  keys: [{ ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' }],
});

const provider = new Provider(issuer, {
  ...(options.freshKey ? { jwks: freshKey() } : {}),
  clients: options.clients || [],
  findAccount: async (ctx, sub) => account(sub),
  claims: {
    openid: ['sub'], email: ['email', 'email_verified'],
    profile: ['name', 'given_name', 'family_name', 'preferred_username'],
  },
  conformIdTokenClaims: false,
  cookies: { keys: ['only for tests and the demo'] },
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true, logoutSource, postLogoutSuccessSource } },
  pkce: { required: () => false },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  ttl: { AccessToken: 300, IdToken: 300, Interaction: 600, Session: 3600, Grant: 3600, ...(options.lifetimes || {}) },
  loadExistingGrant,
  renderError: async (ctx, out) => {
    ctx.type = 'html';
    ctx.body = page('Error', `<h1>Example provider</h1><p class="bad">${escape(out.error)}: ${escape(out.error_description || '')}</p>`);
  },
});

// Both users agreed to everything long ago: no consent page.
async function loadExistingGrant(ctx) {
  const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
  grant.addOIDCScope('openid profile email');
  await grant.save();
  return grant;
}

async function logoutSource(ctx, form) {
  ctx.body = page('Sign out', `<h1>Example provider</h1><p>Sign out here too?</p>${form}
    <button autofocus type="submit" form="op.logoutForm" value="yes" name="logout">Yes, sign me out</button>`);
}

async function postLogoutSuccessSource(ctx) {
  ctx.body = page('Signed out', '<h1>Example provider</h1><p>You are signed out.</p>');
}

const loginForm = (uid, bad) => page('Sign in at the example provider', `<h1>Example provider</h1>
  <p>Sign in as ${Object.keys(users).slice(0, 2).map((u) => `<b>${escape(u)}</b>`).join(' or ')}.</p>${bad ? '<p class="bad" role="alert">That is not right.</p>' : ''}
  <form method="post" action="/interaction/${escape(uid)}"><label for="login">User</label>
  <input id="login" name="login" autofocus autocomplete="username"><label for="password">Password</label>
  <input id="password" name="password" type="password" autocomplete="current-password"><button type="submit">Sign in</button></form>`);

const body = (req) => new Promise((resolve, reject) => {
  let text = '';
  req.on('data', (chunk) => { text += chunk; if (text.length > 10000) { reject(new Error('too large')); } });
  req.on('end', () => resolve(new URLSearchParams(text)));
  req.on('error', reject);
});

const send = (res, status, text) => {
  res.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  res.end(text);
};

async function interaction(req, res) {
  const { uid, prompt } = await provider.interactionDetails(req, res);
  if (req.method !== 'POST') {
    return send(res, 200, loginForm(uid, false));
  }
  const form = await body(req);
  const name = form.get('login') || '';
  if (prompt.name !== 'login' || !Object.hasOwn(users, name) || users[name].password !== form.get('password')) {
    return send(res, 200, loginForm(uid, true));
  }
  return provider.interactionFinished(req, res, { login: { accountId: name } }, { mergeWithLastSubmission: false });
}

const handle = provider.callback();
const server = http.createServer((req, res) => {
  if (req.url.startsWith('/interaction/')) {
    interaction(req, res).catch((e) => send(res, 400, page('Error', `<h1>Example provider</h1><p class="bad">${escape(e.message)}</p>`)));
  } else {
    handle(req, res);
  }
});

server.listen(port, options.host || '127.0.0.1', () => console.log(`ready ${issuer}`));
if (process.env.STOP_WITH_STDIN) {
  process.stdin.resume().on('end', () => process.exit(0));
}
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => process.exit(0));
}
