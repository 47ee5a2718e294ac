// Requests of programs to all other endpoints, by name.
import { RESOURCE, basic } from './side.mjs';

const show = (value) => (value === undefined ? 'absent' : JSON.stringify(value));

// endpointRequests yields [name, function of a side].
export function* endpointRequests() {
  yield* codeRequests();
  yield* clientRequests();
  yield* refreshRequests();
  yield* credentialsRequests();
  yield* grantRequests();
  yield* pushedRequests();
  yield* revocationRequests();
  yield* introspectionRequests();
  yield* userinfoRequests();
  yield* logoutRequests();
}

const redeem = async (side, changes = {}, name = 'web', headers = { authorization: side.basic(name) }) => side.asked('/oauth/token', { ...(await side.code(name)), ...changes }, headers);

function* codeRequests() {
  yield ['code: right', (side) => redeem(side)];
  yield ['code: used again', async (side) => {
    const form = await side.code();
    await side.asked('/oauth/token', form, { authorization: side.basic('web') });
    return side.asked('/oauth/token', form, { authorization: side.basic('web') });
  }];
  yield ['code: by another client', (side) => redeem(side, {}, 'web', { authorization: side.basic('plain') })];
  for (const code of [undefined, '', 'x', 'x'.repeat(3000)]) yield [`code: code ${show(code?.slice(0, 9))}`, (side) => redeem(side, { code })];
  for (const uri of [undefined, '', 'https://app.example.com/', 'https://app.example.com/cb/', 'https://APP.example.com/cb']) yield [`code: redirect_uri ${show(uri)}`, (side) => redeem(side, { redirect_uri: uri })];
  for (const verifier of [undefined, '', 'b'.repeat(43), 'a'.repeat(42), 'a'.repeat(129), `${'a'.repeat(42)}=`]) yield [`code: code_verifier ${show(verifier?.slice(0, 9))} of ${verifier?.length}`, (side) => redeem(side, { code_verifier: verifier })];
  yield ['code: a verifier without a challenge', async (side) => {
    const form = await side.code('plain', { nonce: 'n', code_challenge: undefined, code_challenge_method: undefined });
    return side.asked('/oauth/token', form, { authorization: side.basic('plain') });
  }];
  yield ['code: without PKCE', async (side) => {
    const form = await side.code('plain', { nonce: 'n', code_challenge: undefined, code_challenge_method: undefined });
    return side.asked('/oauth/token', { ...form, code_verifier: undefined }, { authorization: side.basic('plain') });
  }];
  yield ['code: resource that was not asked for', (side) => redeem(side, { resource: RESOURCE })];
  yield ['code: unknown resource', (side) => redeem(side, { resource: 'https://unknown.example.com/' })];
  yield ['code: scope and an unknown parameter', (side) => redeem(side, { scope: 'openid', unknown: 'x' })];
  for (const name of ['grant_type', 'code', 'redirect_uri', 'code_verifier', 'client_id']) {
    yield [`code: ${name} twice`, async (side) => {
      const form = { ...(await side.code()), client_id: side.id('web') };
      return side.asked('/oauth/token', { ...form, [name]: [form[name], form[name]] }, { authorization: side.basic('web') });
    }];
  }
}

function* clientRequests() {
  const secret = (side) => side.clients.web.secret;
  const ways = {
    'in the form': (side) => [{ client_id: side.id('web'), client_secret: secret(side) }],
    'wrong secret': (side) => [{}, basic(side.id('web'), 'wrong')],
    'wrong secret in the form': (side) => [{ client_id: side.id('web'), client_secret: 'wrong' }],
    'empty secret': (side) => [{}, basic(side.id('web'), '')],
    'without a secret': (side) => [{ client_id: side.id('web') }],
    'unknown': () => [{}, basic('unknown', 'x')],
    'unknown in the form': () => [{ client_id: 'unknown', client_secret: 'x' }],
    'unknown and public': () => [{ client_id: 'unknown' }],
    'none at all': () => [{}],
    'both ways': (side) => [{ client_id: side.id('web'), client_secret: secret(side) }, side.basic('web')],
    'client_id beside Basic': (side) => [{ client_id: side.id('web') }, side.basic('web')],
    'another client_id beside Basic': (side) => [{ client_id: side.id('plain') }, side.basic('web')],
    'Basic that is no Base64': () => [{}, 'Basic ?'],
    'Basic without a colon': () => [{}, `Basic ${Buffer.from('x').toString('base64')}`],
    'Bearer': () => [{}, 'Bearer x'],
    'basic in lower case': (side) => [{}, side.basic('web').replace('Basic', 'basic')],
    'Basic with %-encoding': (side) => [{}, basic(side.id('web').replace('-', '%2D'), secret(side))],
    'assertion that is no token': () => [{ client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: 'x' }],
    'assertion of an unknown type': () => [{ client_assertion_type: 'x', client_assertion: 'e30.e30.e30' }],
    'assertion without its type': () => [{ client_assertion: 'e30.e30.e30' }],
  };
  for (const [what, way] of Object.entries(ways)) {
    yield [`client: ${what}`, (side) => {
      const [form, authorization] = way(side);
      return redeem(side, form, 'web', authorization ? { authorization } : {});
    }];
  }
  yield ['client: public, in the form', (side) => redeem(side, { client_id: side.id('native') }, 'native', {})];
  yield ['client: public, Basic with an empty password', (side) => redeem(side, {}, 'native', { authorization: basic(side.id('native'), '') })];
  yield ['client: public, with a secret', (side) => redeem(side, { client_id: side.id('native'), client_secret: 'x' }, 'native', {})];
}

function* refreshRequests() {
  const refresh = (changes, { by = 'web', of = 'web' } = {}) => async (side) => {
    const { refresh_token: token } = await side.refreshable(of);
    return side.asked('/oauth/token', { grant_type: 'refresh_token', refresh_token: token, ...changes }, { authorization: side.basic(by) });
  };
  yield ['refresh: right', refresh({})];
  for (const token of [undefined, '', 'x', 'x'.repeat(3000)]) yield [`refresh: refresh_token ${show(token?.slice(0, 9))}`, refresh({ refresh_token: token })];
  yield ['refresh: by another client', refresh({}, { by: 'plain' })];
  for (const scope of ['openid', 'openid email', 'openid profile', 'unknown', '']) yield [`refresh: scope ${show(scope)}`, refresh({ scope })];
  yield ['refresh: resource that was not allowed', refresh({ resource: RESOURCE })];
  yield ['refresh: unknown resource', refresh({ resource: 'https://unknown.example.com/' })];
  yield ['refresh: refresh_token twice', async (side) => {
    const { refresh_token: token } = await side.refreshable();
    return side.asked('/oauth/token', { grant_type: 'refresh_token', refresh_token: [token, token] }, { authorization: side.basic('web') });
  }];
  yield ['refresh: an access token', async (side) => side.asked('/oauth/token', { grant_type: 'refresh_token', refresh_token: (await side.tokens()).access_token }, { authorization: side.basic('web') })];
  yield ['refresh: a code', async (side) => side.asked('/oauth/token', { grant_type: 'refresh_token', refresh_token: (await side.code()).code }, { authorization: side.basic('web') })];
}

function* credentialsRequests() {
  const ask = (changes, by = 'robot') => (side) => side.asked('/oauth/token', { grant_type: 'client_credentials', scope: 'read:users', ...changes }, { authorization: side.basic(by) });
  yield ['credentials: right', ask({})];
  for (const scope of [undefined, '', 'openid', 'unknown', 'read:users unknown', 'read:users read:users']) yield [`credentials: scope ${show(scope)}`, ask({ scope })];
  yield ['credentials: a client without the grant', ask({}, 'web')];
  yield ['credentials: a public client', (side) => side.asked('/oauth/token', { grant_type: 'client_credentials', client_id: side.id('native') })];
  yield ['credentials: unknown resource', ask({ resource: 'https://unknown.example.com/' })];
  yield ['credentials: scope twice', ask({ scope: ['read:users', 'read:users'] })];
}

function* grantRequests() {
  const types = [undefined, '', 'unknown', 'password', 'implicit', 'AUTHORIZATION_CODE', 'urn:ietf:params:oauth:grant-type:device_code', 'urn:ietf:params:oauth:grant-type:token-exchange', 'urn:ietf:params:oauth:grant-type:jwt-bearer'];
  for (const type of types) yield [`grant_type ${show(type)}`, (side) => side.asked('/oauth/token', { grant_type: type, username: 'a', password: 'b' }, { authorization: side.basic('web') })];
  const form = { grant_type: 'client_credentials', scope: 'read:users' };
  const robot = (side, headers) => ({ authorization: side.basic('robot'), ...headers });
  yield ['token: GET', (side) => side.asked('/oauth/token', form, robot(side), 'GET')];
  yield ['token: PUT', (side) => side.asked('/oauth/token', form, robot(side), 'PUT')];
  yield ['token: JSON', (side) => side.asked('/oauth/token', JSON.stringify(form), robot(side, { 'content-type': 'application/json' }))];
  yield ['token: text', (side) => side.asked('/oauth/token', 'grant_type=client_credentials', robot(side, { 'content-type': 'text/plain' }))];
  yield ['token: another charset', (side) => side.asked('/oauth/token', form, robot(side, { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }))];
  yield ['token: nothing', (side) => side.asked('/oauth/token', '', robot(side))];
  yield ['token: no client, nothing', (side) => side.asked('/oauth/token', '')];
  yield ['token: 100 KB of scope', (side) => side.asked('/oauth/token', { ...form, scope: 'x'.repeat(100_000) }, robot(side))];
  yield ['token: parameters in the query', (side) => side.asked('/oauth/token?grant_type=client_credentials&scope=read:users', '', robot(side))];
  yield ['token: half an escape', (side) => side.asked('/oauth/token', 'grant_type=client_credentials&scope=%E0%A4%A', robot(side))];
}

function* pushedRequests() {
  const push = (changes, headers) => (side) => side.asked('/oauth/par', { ...side.usual(), ...changes }, headers?.(side) ?? { authorization: side.basic('web') });
  yield ['push: right', push({})];
  yield ['push: no client', push({ client_id: undefined }, () => ({}))];
  yield ['push: wrong secret', push({}, (side) => ({ authorization: basic(side.id('web'), 'wrong') }))];
  for (const [name, value] of [['redirect_uri', undefined], ['redirect_uri', 'https://evil.example/cb'], ['response_type', undefined], ['response_type', 'token'], ['scope', 'unknown'], ['scope', undefined],
    ['code_challenge', undefined], ['code_challenge_method', 'plain'], ['prompt', 'none login'], ['max_age', 'x'], ['resource', 'https://unknown.example.com/'], ['request', 'e30.e30.'],
    ['request_uri', 'urn:ietf:params:oauth:request_uri:x'], ['state', ['a', 'a']]]) yield [`push: ${name} ${show(value)}`, push({ [name]: value })];
  yield ['push: used twice', async (side) => {
    const { request_uri: uri } = await (await side.post('/oauth/par', side.usual(), { authorization: side.basic('web') })).json();
    const all = { request_uri: uri, redirect_uri: undefined, response_type: undefined, scope: undefined, state: undefined, code_challenge: undefined, code_challenge_method: undefined };
    return [await side.authorize(all, { browser: side.known }), await side.authorize(all, { browser: side.known })].join('; ');
  }];
  yield ['push: used by another client', async (side) => {
    const { request_uri: uri } = await (await side.post('/oauth/par', side.usual(), { authorization: side.basic('web') })).json();
    return side.authorize({ client_id: side.id('plain'), request_uri: uri, redirect_uri: undefined });
  }];
}

function* revocationRequests() {
  const revoke = (token, { by = 'web', ...more } = {}) => async (side) => side.asked('/oauth/revoke', { token: await token(side), ...more }, { authorization: side.basic(by) });
  yield ['revoke: a refresh token', revoke(async (side) => (await side.refreshable()).refresh_token)];
  yield ['revoke: an access token', revoke(async (side) => (await side.tokens()).access_token)];
  yield ['revoke: a token of another client', revoke(async (side) => (await side.refreshable()).refresh_token, { by: 'plain' })];
  for (const token of [undefined, '', 'x']) yield [`revoke: token ${show(token)}`, revoke(() => token)];
  yield ['revoke: an unknown hint', revoke(async (side) => (await side.tokens()).access_token, { token_type_hint: 'unknown' })];
  yield ['revoke: token twice', revoke(() => ['x', 'x'])];
  yield ['revoke: no client', (side) => side.asked('/oauth/revoke', { token: 'x' })];
  yield ['revoke: GET', (side) => side.asked('/oauth/revoke', {}, {}, 'GET')];
}

function* introspectionRequests() {
  const ask = (token, by = 'web') => async (side) => side.asked('/oauth/introspect', { token: await token(side) }, { authorization: side.basic(by) });
  yield ['introspect: its access token', ask(async (side) => (await side.tokens()).access_token)];
  yield ['introspect: its refresh token', ask(async (side) => (await side.refreshable()).refresh_token)];
  yield ['introspect: an ID token', ask(async (side) => (await side.tokens()).id_token)];
  yield ['introspect: a token of another client', ask(async (side) => (await side.tokens()).access_token, 'plain')];
  for (const token of [undefined, '', 'x']) yield [`introspect: token ${show(token)}`, ask(() => token)];
  yield ['introspect: a public client', (side) => side.asked('/oauth/introspect', { token: 'x', client_id: side.id('native') })];
  yield ['introspect: no client', (side) => side.asked('/oauth/introspect', { token: 'x' })];
}

function* userinfoRequests() {
  const ask = (method, authorization, form = {}) => async (side) => {
    const value = await authorization(side);
    return side.asked('/oauth/userinfo', form, value ? { authorization: value } : {}, method);
  };
  const bearer = (pick) => async (side) => `Bearer ${pick(await side.tokens())}`;
  yield ['userinfo: GET', ask('GET', bearer(({ access_token: token }) => token))];
  yield ['userinfo: POST', ask('POST', bearer(({ access_token: token }) => token))];
  yield ['userinfo: an ID token', ask('GET', bearer(({ id_token: token }) => token))];
  yield ['userinfo: no token', ask('GET', () => undefined)];
  yield ['userinfo: a broken token', ask('GET', () => 'Bearer x')];
  yield ['userinfo: a token without openid', ask('GET', async (side) => `Bearer ${(await side.tokens('web', { scope: 'email' })).access_token}`)];
  yield ['userinfo: Basic', ask('GET', (side) => side.basic('web'))];
  yield ['userinfo: PUT', ask('PUT', bearer(({ access_token: token }) => token))];
}

function* logoutRequests() {
  const BYE = 'https://app.example.com/bye';
  const out = (parameters) => async (side) => {
    const all = new URLSearchParams(Object.entries(await parameters(side)).filter(([, value]) => value !== undefined));
    const response = await side.empty().get(`${side.at('/oauth/logout')}?${all}`);
    const location = response.headers.get('location');
    if (location && !location.startsWith(side.issuer) && !location.startsWith('/')) return `leads to ${new URL(location).origin}`;
    return response.status >= 400 ? `page ${response.status}` : 'page';
  };
  const hint = async (side) => (await side.tokens()).id_token;
  yield ['logout: no parameters', out(() => ({}))];
  yield ['logout: only state', out(() => ({ state: 's' }))];
  yield ['logout: client_id', out((side) => ({ client_id: side.id('web') }))];
  yield ['logout: unknown client_id', out(() => ({ client_id: 'unknown' }))];
  yield ['logout: an address without a client', out(() => ({ post_logout_redirect_uri: BYE }))];
  yield ['logout: a wrong address', out((side) => ({ client_id: side.id('web'), post_logout_redirect_uri: 'https://evil.example/' }))];
  yield ['logout: a wrong address with a hint', out(async (side) => ({ id_token_hint: await hint(side), post_logout_redirect_uri: 'https://evil.example/' }))];
  yield ['logout: the address with a query added', out((side) => ({ client_id: side.id('web'), post_logout_redirect_uri: `${BYE}?x=1` }))];
  yield ['logout: a broken hint', out(() => ({ id_token_hint: 'x', post_logout_redirect_uri: BYE }))];
  yield ['logout: a hint for another client', out(async (side) => ({ id_token_hint: await hint(side), client_id: side.id('plain') }))];
}
