// app.mjs - a demo app: it knows nothing of sign-in and shows the identity headers it received.
//
// usage: node app.mjs SOCKET NAME OTHER-NAME OTHER-URL

import http from 'node:http';
import { chmodSync, rmSync } from 'node:fs';

const [socket, name, otherName, otherUrl] = process.argv.slice(2);
const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const list = (value) => (value ? value.split(',').map(decodeURIComponent).join(', ') : 'none');

const css = `
:root{color-scheme:light dark;--bg:#f3f6f3;--card:#fff;--text:#172019;--soft:#566458;--line:#ccd8ce;--main:#1d6b3a;--on:#fff}
@media(prefers-color-scheme:dark){:root{--bg:#0f1511;--card:#19221c;--text:#e6efe8;--soft:#a2b3a6;--line:#37473c;--main:#8fdcaa;--on:#0d1811}}
*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,"DejaVu Sans",sans-serif;background:var(--bg);color:var(--text)}
header{background:var(--card);border-bottom:1px solid var(--line);padding:14px 20px;display:flex;flex-wrap:wrap;gap:8px 20px;align-items:center;justify-content:space-between}
header b{font-size:1.15rem}nav{display:flex;gap:18px;align-items:center}a{color:var(--main)}
button{font:inherit;font-weight:600;color:var(--on);background:var(--main);border:0;border-radius:8px;padding:9px 16px;min-height:42px;cursor:pointer}
:focus-visible{outline:3px solid var(--main);outline-offset:2px}
main{max-width:44rem;margin:0 auto;padding:28px 20px}h1{font-size:1.6rem;margin:0 0 4px}p{color:var(--soft);margin:0 0 22px;overflow-wrap:anywhere}
dl{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:6px 20px;margin:0;display:grid;grid-template-columns:minmax(7rem,auto) 1fr}
dt,dd{margin:0;padding:11px 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}dt{color:var(--soft);padding-right:20px}dt:last-of-type,dd:last-of-type{border:0}`;

function page(req) {
  const h = req.headers;
  const rows = [
    ['User', h['x-auth-user']], ['Name', h['x-auth-name']], ['E-mail', h['x-auth-email']],
    ['Groups', list(h['x-auth-groups'])], ['Roles', list(h['x-auth-roles'])], ['Address', req.url], ['Cookies seen', h.cookie || 'none'],
  ];
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(name)}</title><style>${css}</style></head><body><header><b>${escape(name)}</b>
<nav><a href="${escape(otherUrl)}" id="other">${escape(otherName)}</a><form method="post" action="/.auth/logout"><button type="submit" id="logout">Sign out</button></form></nav></header>
<main><h1>Hello ${escape(h['x-auth-name'] || h['x-auth-user'] || 'stranger')}</h1><p>This app has no sign-in of its own. NGINX let you in and told it who you are:</p>
<dl>${rows.map(([k, v]) => `<dt>${escape(k)}</dt><dd id="${k.toLowerCase().replace(/\W/g, '-')}">${escape(v ?? 'not given')}</dd>`).join('')}</dl></main></body></html>`;
}

rmSync(socket, { force: true });
http.createServer((req, res) => {
  res.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  res.end(page(req));
}).listen(socket, () => { chmodSync(socket, 0o666); console.log('ready'); });
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => process.exit(0));
}
