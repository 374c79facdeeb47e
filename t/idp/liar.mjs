// liar.mjs - an OpenID provider that lies where it is told to, in one field at a time.
//
// usage: node liar.mjs PORT OPTIONS-JSON     issuer, clients as for provider.mjs
//
// GET /lie?spec=JSON sets what the next sign-in is told ({} = the truth):
//   auth      parameters of the redirect back        claims   of the ID token        header   of the ID token
//   token     members of the token response          me       members of userinfo    (null takes a member away)
//   sign      evil | none | flip | empty | hs-secret | hs-public
//   payload, tokenText, meText, jwksText             the whole text instead
//   tokenBytes                                       so many bytes of token response
//   tokenStatus, meStatus, tokenType, meType         status and content type
// Everybody is signed in at once as the user of the claims.

import crypto from 'node:crypto';
import http from 'node:http';

const port = Number(process.argv[2]);
const options = JSON.parse(process.argv[3] || '{}');
const issuer = options.issuer || `http://localhost:${port}`;
const secret = options.clients[0].client_secret;
const rsa = () => crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const keys = { good: rsa(), evil: rsa() };
let lie = {};
let asked = {};

const merge = (truth, change) => {
  const all = { ...truth, ...(change || {}) };
  return Object.fromEntries(Object.entries(all).filter(([, v]) => v !== null));
};
const b64 = (v) => Buffer.from(typeof v === 'string' ? v : JSON.stringify(v)).toString('base64url');
const publicPem = () => keys.good.publicKey.export({ type: 'spki', format: 'pem' });
const hmac = (key, input) => crypto.createHmac('sha256', key).update(input).digest('base64url');

const signers = {
  good: (input) => crypto.sign('sha256', Buffer.from(input), keys.good.privateKey).toString('base64url'),
  evil: (input) => crypto.sign('sha256', Buffer.from(input), keys.evil.privateKey).toString('base64url'),
  none: () => '',
  empty: () => 'AA',
  flip: (input) => signers.good(input).replace(/.{20}$/, (end) => end.split('').reverse().join('')),
  'hs-secret': (input) => hmac(secret, input),
  'hs-public': (input) => hmac(publicPem(), input),
};

const halfHash = (text) => crypto.createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');

function idToken(accessToken) {
  const now = Math.floor(Date.now() / 1000);
  const claims = merge({
    iss: issuer, aud: 'broker', sub: 'liar', nonce: asked.nonce, iat: now, exp: now + 300, at_hash: halfHash(accessToken),
    preferred_username: 'liar', email: 'liar@company.example', email_verified: true, given_name: 'Li', family_name: 'Ar',
  }, lie.claims);
  for (const name of ['iat', 'exp', 'nbf']) {           // "+N": seconds from now
    if (typeof claims[name] === 'string' && /^[+-]\d+$/.test(claims[name])) {
      claims[name] = now + Number(claims[name]);
    }
  }
  const payload = lie.payload ? lie.payload.replace('NONCE', asked.nonce).replace('EXP', now + 300).replace('IAT', now).replace('ISS', issuer) : claims;
  const input = `${b64(merge({ alg: 'RS256', kid: 'good', typ: 'JWT' }, lie.header))}.${b64(payload)}`;
  return `${input}.${signers[lie.sign || 'good'](input)}`;
}

const send = (res, status, type, body) => {
  res.writeHead(status, { 'content-type': type });
  res.end(body);
};
const jwk = () => ({ ...keys.good.publicKey.export({ format: 'jwk' }), kid: 'good', use: 'sig', alg: 'RS256' });

const pages = {
  '/lie': (url, res) => { lie = JSON.parse(url.searchParams.get('spec') || '{}'); send(res, 200, 'text/plain', 'told\n'); },
  '/auth': (url, res) => {
    asked = Object.fromEntries(url.searchParams);
    const back = new URL(asked.redirect_uri);
    Object.entries(merge({ code: crypto.randomUUID(), state: asked.state, iss: issuer }, lie.auth)).forEach(([k, v]) => back.searchParams.set(k, v));
    res.writeHead(302, { location: back.href });
    res.end();
  },
  '/token': (url, res) => {
    const accessToken = crypto.randomUUID();
    const body = merge({ access_token: accessToken, token_type: 'Bearer', expires_in: 300, id_token: idToken(accessToken) }, lie.token);
    send(res, lie.tokenStatus || 200, lie.tokenType || 'application/json', lie.tokenText ?? (lie.tokenBytes ? ' '.repeat(lie.tokenBytes) : null) ?? JSON.stringify(body));
  },
  '/jwks': (url, res) => send(res, 200, 'application/json', lie.jwksText ?? JSON.stringify({ keys: [jwk()] })),
  '/me': (url, res) => send(res, lie.meStatus || 200, lie.meType || 'application/json', lie.meText ?? JSON.stringify(merge({
    sub: 'liar', preferred_username: 'liar', email: 'liar@company.example', email_verified: true, given_name: 'Li', family_name: 'Ar',
  }, lie.me))),
};

http.createServer((req, res) => {
  const url = new URL(req.url, issuer);
  req.resume().on('end', () => (pages[url.pathname] || ((u, r) => send(r, 404, 'text/plain', 'no such page')))(url, res));
}).listen(port, '127.0.0.1', () => console.log(`ready ${issuer}`));
