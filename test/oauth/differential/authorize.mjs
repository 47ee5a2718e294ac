// Requests to the authorization endpoint, by name. Each is a change of one that succeeds.
import { CHALLENGE, RESOURCE, WEB } from './side.mjs';

const REDIRECTS = [
  // of the web application, which registered https://app.example.com/cb, .../cb?tenant=a and .../
  ['web', WEB], ['web', 'https://app.example.com/cb?tenant=a'], ['web', 'https://app.example.com/'], ['web', 'https://app.example.com'],
  ['web', undefined], ['web', ''], ['web', 'https://app.example.com/cb/'], ['web', 'https://app.example.com/cb?'], ['web', 'https://app.example.com/cb#'],
  ['web', 'https://app.example.com/cb#part'], ['web', 'https://app.example.com/cb?tenant=b'], ['web', 'https://app.example.com/cb?tenant=a&x=1'], ['web', 'https://app.example.com/cb?x=1'],
  ['web', 'https://app.example.com/CB'], ['web', 'https://APP.example.com/cb'], ['web', 'HTTPS://app.example.com/cb'], ['web', 'http://app.example.com/cb'],
  ['web', 'https://app.example.com:443/cb'], ['web', 'https://app.example.com:8443/cb'], ['web', 'https://app.example.com./cb'], ['web', 'https://app.example.com/./cb'],
  ['web', 'https://app.example.com/x/../cb'], ['web', 'https://app.example.com/%63b'], ['web', 'https://app.example.com//cb'], ['web', 'https://app.example.com/cb%00'],
  ['web', 'https://app.example.com/cb%0d%0ax'], ['web', 'https://app.example.com/cb\r\nx: y'], ['web', 'https://app.example.com/cb\n'], ['web', ' https://app.example.com/cb'],
  ['web', 'https://app.example.com/cb '], ['web', 'https://user@app.example.com/cb'], ['web', 'https://user:secret@app.example.com/cb'], ['web', 'https://app.example.com@evil.example/cb'],
  ['web', 'https://app.example.com.evil.example/cb'], ['web', 'https://evil.example/cb'], ['web', 'https://evil.example/https://app.example.com/cb'], ['web', 'https://app.example.com\\@evil.example/cb'],
  ['web', 'https:app.example.com/cb'], ['web', '//app.example.com/cb'], ['web', '/cb'], ['web', 'javascript:alert(1)'], ['web', 'data:text/html,x'], ['web', 'file:///etc/passwd'], ['web', 'about:blank'],
  ['web', 'https://fresh.example.com/cb'], ['web', 'https://äpp.example.com/cb'], ['web', `https://app.example.com/${'c'.repeat(4000)}`],
  // of a program on the person's own machine, which registered http://127.0.0.1/cb, http://localhost/cb, http://[::1]/cb and com.example.app:/cb
  ['native', 'http://127.0.0.1/cb'], ['native', 'http://127.0.0.1:8000/cb'], ['native', 'http://127.0.0.1:65535/cb'], ['native', 'http://localhost:8000/cb'], ['native', 'http://[::1]:8000/cb'],
  ['native', 'com.example.app:/cb'], ['native', 'com.example.app://cb'], ['native', 'com.example.other:/cb'], ['native', 'http://127.0.0.1:8000/other'], ['native', 'https://127.0.0.1:8000/cb'],
  ['native', 'http://127.0.0.2:8000/cb'], ['native', 'http://127.1:8000/cb'], ['native', 'http://2130706433:8000/cb'], ['native', 'http://0.0.0.0:8000/cb'], ['native', 'http://localhost.evil.example/cb'],
  ['native', 'http://127.0.0.1:8000/cb?x=1'], ['native', 'http://user@127.0.0.1:8000/cb'], ['native', 'http://127.0.0.1:99999/cb'], ['native', 'http://127.0.0.1:/cb'], ['native', 'http://[0:0:0:0:0:0:0:1]:8000/cb'],
];

const SCOPES = [undefined, '', ' ', 'openid', 'email', 'openid openid', 'openid  email', ' openid email ', 'openid\temail', 'openid\nemail', 'openid,email', 'OPENID', 'openid unknown', 'unknown',
  'unknown other', 'openid offline_access', 'offline_access', 'openid read:users', 'read:users', 'openid "', 'openid \\', 'openid é', 'openid\u0000', `openid ${'x'.repeat(3000)}`, 'openid roles', 'profile'];

const TYPES = [undefined, '', 'code', 'CODE', ' code', 'token', 'id_token', 'id_token token', 'code token', 'code id_token', 'code id_token token', 'token code', 'none', 'unknown', 'code code'];

const PROMPTS = ['none', 'login', 'consent', 'select_account', 'create', 'login consent', 'consent login', 'none login', 'none none', 'login login', '', ' ', 'NONE', 'unknown', 'login unknown', 'select_account consent'];

// The session is younger than 10000 seconds in each of the forms.
const AGES = ['0', '10000', '-1', '-0', 'x', '', '1.5', '1e4', ' 10000', '010000', '0x2710', '9007199254740993', '99999999999999999999', 'NaN'];

const CHALLENGES = [
  [undefined, undefined], [undefined, 'S256'], [CHALLENGE, undefined], [CHALLENGE, 'plain'], [CHALLENGE, 's256'], [CHALLENGE, 'S512'], [CHALLENGE, ''], ['', 'S256'], ['', ''],
  [CHALLENGE.slice(1), 'S256'], [`${CHALLENGE}A`, 'S256'], [`${CHALLENGE.slice(0, 42)}=`, 'S256'], [`${CHALLENGE.slice(0, 42)}+`, 'S256'], [`${CHALLENGE.slice(0, 42)} `, 'S256'], ['a'.repeat(128), 'S256'],
];

const MODES = ['query', 'fragment', 'form_post', 'jwt', 'query.jwt', 'unknown', '', 'QUERY'];

// Of a parameter that says nothing new: once more with the same value.
const NAMES = ['client_id', 'redirect_uri', 'response_type', 'scope', 'state', 'nonce', 'code_challenge', 'code_challenge_method', 'prompt', 'max_age', 'login_hint', 'id_token_hint', 'ui_locales', 'acr_values', 'resource', 'unknown'];
const VALUES = { nonce: 'n', prompt: 'login', max_age: '10', login_hint: 'ada@example.com', id_token_hint: 'x', ui_locales: 'en', acr_values: '1', resource: RESOURCE, unknown: 'x' };

const show = (value) => (value === undefined ? 'absent' : JSON.stringify(value.length > 80 ? `${value.slice(0, 40)}… (${value.length})` : value));

// authorizeRequests yields [name, function of a side].
export function* authorizeRequests() {
  for (const [client, uri] of REDIRECTS) yield [`redirect_uri of ${client}: ${show(uri)}`, (side) => side.authorize({ client_id: side.id(client), redirect_uri: uri })];
  for (const scope of SCOPES) yield [`scope ${show(scope)}`, (side) => side.authorize({ scope })];
  for (const type of TYPES) yield [`response_type ${show(type)}`, (side) => side.authorize({ response_type: type })];
  for (const mode of MODES) yield [`response_mode ${show(mode)}`, (side) => side.authorize({ response_mode: mode, prompt: 'none' })];
  for (const prompt of PROMPTS) {
    yield [`prompt ${show(prompt)}, not logged in`, (side) => side.authorize({ prompt })];
    yield [`prompt ${show(prompt)}, allowed before`, (side) => side.authorize({ prompt }, { browser: side.known })];
  }
  yield ['prompt "none", not allowed yet', (side) => side.authorize({ prompt: 'none', client_id: side.id('fresh'), redirect_uri: 'https://fresh.example.com/cb' }, { browser: side.known })];
  yield ['prompt "none", more than was allowed', (side) => side.authorize({ prompt: 'none', scope: 'openid profile' }, { browser: side.known })];
  for (const age of AGES) yield [`max_age ${show(age)}, allowed before`, (side) => side.authorize({ max_age: age }, { browser: side.known })];
  yield ['max_age "0" and prompt "none"', (side) => side.authorize({ max_age: '0', prompt: 'none' }, { browser: side.known })];
  for (const [challenge, method] of CHALLENGES) {
    yield [`code_challenge ${show(challenge)}, method ${show(method)}`, (side) => side.authorize({ code_challenge: challenge, code_challenge_method: method })];
  }
  const none = { code_challenge: undefined, code_challenge_method: undefined };
  const plain = (side) => ({ client_id: side.id('plain'), redirect_uri: 'https://plain.example.com/cb' });
  yield ['no PKCE where it may be, with a nonce', (side) => side.authorize({ ...none, ...plain(side), nonce: 'n' })];
  yield ['no PKCE where it may be, without a nonce', (side) => side.authorize({ ...none, ...plain(side) })];
  yield ['no PKCE where it may be, without openid', (side) => side.authorize({ ...none, ...plain(side), scope: 'email', nonce: 'n' })];
  yield ['PKCE where it need not be', (side) => side.authorize(plain(side))];
  for (const name of NAMES) {
    yield [`${name} twice`, (side) => {
      const value = side.usual()[name] ?? VALUES[name];
      return side.authorize({ [name]: [value, value] }, { browser: side.known });
    }];
  }
  yield* clientRequests();
  yield* hintRequests();
  yield* resourceRequests();
  yield* methodRequests();
}

function* clientRequests() {
  for (const id of [undefined, '', 'unknown', '00000000-0000-7000-8000-000000000000', 'a'.repeat(2000), 'x\u0000', 'https://client.example/metadata.json']) {
    yield [`client_id ${show(id)}`, (side) => side.authorize({ client_id: id })];
  }
  yield ['client_id in upper case', (side) => side.authorize({ client_id: side.id('web').toUpperCase() })];
  yield ['a client without the code grant', (side) => side.authorize({ client_id: side.id('robot') })];
}

function* hintRequests() {
  const tampered = (token) => `${token.slice(0, -6)}AAAAAA`;
  const hints = {
    'of the person': ({ id_token: token }) => token,
    'with a broken signature': ({ id_token: token }) => tampered(token),
    'that is an access token': ({ access_token: token }) => token,
    'that is no token': () => 'x',
    'that is empty': () => '',
  };
  for (const [what, make] of Object.entries(hints)) {
    for (const prompt of [undefined, 'none']) {
      yield [`id_token_hint ${what}, prompt ${show(prompt)}`, async (side) => side.authorize({ id_token_hint: make(await side.tokens()), prompt }, { browser: side.known })];
    }
  }
  yield ['id_token_hint of the person, not logged in, prompt "none"', async (side) => side.authorize({ id_token_hint: (await side.tokens()).id_token, prompt: 'none' })];
  yield ['id_token_hint made for another client', async (side) => side.authorize({ id_token_hint: (await side.tokens('plain', { nonce: 'n' })).id_token, prompt: 'none' }, { browser: side.known })];
  const others = { login_hint: 'eve@example.com', ui_locales: 'xx-unknown', acr_values: 'urn:strongest', display: 'popup', claims_locales: 'de', registration: '{}', unknown: 'x', nonce: 'n'.repeat(500),
    claims: '{"id_token":{"email":null}}', request: 'e30.e30.', request_uri: 'https://app.example.com/request.jwt', dpop_jkt: 'x' };
  for (const [name, value] of Object.entries(others)) yield [`${name} ${show(value)}`, (side) => side.authorize({ [name]: value, prompt: 'none' }, { browser: side.known })];
  yield ['display "unknown"', (side) => side.authorize({ display: 'unknown', prompt: 'none' }, { browser: side.known })];
  yield ['request_uri of no pushed request', (side) => side.authorize({ request_uri: 'urn:ietf:params:oauth:request_uri:unknown' })];
  yield ['state of 2,048 characters', (side) => side.authorize({ state: 's'.repeat(2048), prompt: 'none' }, { browser: side.known })];
  yield ['no state', (side) => side.authorize({ state: undefined, prompt: 'none' }, { browser: side.known })];
  yield ['state that is empty', (side) => side.authorize({ state: '', prompt: 'none' }, { browser: side.known })];
}

function* resourceRequests() {
  const lists = [[RESOURCE], [`${RESOURCE}/`], ['https://MCP.example.com/mcp'], ['https://unknown.example.com/'], [''], ['x'], [`${RESOURCE}#part`], [RESOURCE, 'https://unknown.example.com/'], [RESOURCE, RESOURCE]];
  for (const resource of lists) yield [`resource ${resource.map(show).join(' and ')}`, (side) => side.authorize({ resource })];
}

function* methodRequests() {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const send = (method, headers, body) => (parameters) => ({ method, headers, ...(body && { body: body(parameters) }) });
  yield ['POST with a form', (side) => side.authorize({}, { init: send('POST', form, String) })];
  yield ['POST with JSON', (side) => side.authorize({}, { init: send('POST', { 'content-type': 'application/json' }, (parameters) => JSON.stringify(Object.fromEntries(parameters))) })];
  yield ['POST with nothing', (side) => side.authorize({}, { init: send('POST', form, () => '') })];
  yield ['PUT', (side) => side.authorize({}, { init: send('PUT', form, String) })];
  yield ['GET without parameters', (side) => side.authorize({}, { init: send('GET', {}) })];
}
