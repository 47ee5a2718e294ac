// The fields for passkeys with Chromium's virtual authenticator, from a page of the service: what
// browsers and devices answer goes to the service as it is.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { code } from '../service.mjs';
import { start } from './account.mjs';

const PASSWORD = 'seven quiet herons';
const DEVICE = {
  protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
  automaticPresenceSimulation: true,
};

const BEGIN = 'mutation { beginPasskey { ceremony options } }';
const ADD = 'mutation($input: AddPasskeyInput!) { addPasskey(input: $input) { id backedUp } }';
const BEGIN_LOGIN = 'mutation { beginPasskeyLogin { ceremony options } }';
const LOGIN = 'mutation($input: PasskeyAnswer!) { loginWithPasskey(input: $input) { accessToken user { email } } }';
const DELETE = 'mutation($id: ID!) { deletePasskey(id: $id) { rpId userHandle acceptedCredentials } }';
const REFRESH = 'mutation($token: String) { refresh(refreshToken: $token) { accessToken refreshToken } }';
const MINE = '{ me { passkeys { id suspended backedUp } sessions { current amr } } }';

let setup;
before(async () => {
  setup = await start({ LOGIN_METHODS: 'password,passkey' });
});
after(() => setup?.close());

// A Person has an account, and a browser with a virtual device.
class Person {
  static async meet(name, device = {}) {
    const person = new Person();
    person.email = `${name}@example.com`;
    person.keep(await setup.gatehouse.register({ email: person.email, password: PASSWORD }));
    person.tab = await setup.visit();
    await person.tab.goto(`${setup.gatehouse.url}/healthz`); // a page that asks for no passkey by itself
    person.cdp = await person.tab.context().newCDPSession(person.tab);
    await person.cdp.send('WebAuthn.enable', { enableUI: false });
    await person.plug(device);
    return person;
  }

  keep({ accessToken, refreshToken }) {
    this.token = accessToken;
    this.refreshToken = refreshToken;
  }

  // plug gives the browser a device.
  async plug(device = {}) {
    const { authenticatorId } = await this.cdp.send('WebAuthn.addVirtualAuthenticator', { options: { ...DEVICE, ...device } });
    this.authenticatorId = authenticatorId;
  }

  device(command, parameters = {}) {
    return this.cdp.send(`WebAuthn.${command}`, { authenticatorId: this.authenticatorId, ...parameters });
  }

  async credentials() {
    return (await this.device('getCredentials')).credentials;
  }

  ask(query, variables, token = this.token) {
    return setup.gatehouse.ask(query, { variables, headers: token ? { authorization: `Bearer ${token}` } : {} });
  }

  // create lets the page make a passkey, and returns what it answers, or the error's name.
  async create() {
    const { ceremony, options } = (await this.ask(BEGIN)).data.beginPasskey;
    const credential = await this.tab.evaluate(async (json) => {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(json);
      return navigator.credentials.create({ publicKey }).then((made) => made.toJSON(), ({ name }) => name);
    }, options.publicKey);
    return { ceremony, credential, name: 'Device' };
  }

  async add() {
    const { data, errors } = await this.ask(ADD, { input: await this.create() });
    assert.equal(errors, undefined);
    this.keep((await this.ask(REFRESH, { token: this.refreshToken }, '')).data.refresh); // which says that there were two factors
    return data.addPasskey.id;
  }

  // answer lets the page ask for a passkey, and returns what it answers, or the error's name.
  async answer(more = {}) {
    const { ceremony, options } = (await this.ask(BEGIN_LOGIN, {}, '')).data.beginPasskeyLogin;
    const credential = await this.tab.evaluate(async ([json, more]) => {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(json);
      return navigator.credentials.get({ publicKey, ...more }).then((used) => used.toJSON(), ({ name }) => name);
    }, [options.publicKey, more]);
    return { ceremony, credential };
  }

  async logIn() {
    return this.ask(LOGIN, { input: await this.answer() }, '');
  }

  async wantLogin() {
    const answer = await this.logIn();
    assert.equal(answer.errors, undefined);
    assert.equal(answer.data.loginWithPasskey.user.email, this.email);
    const { me } = (await this.ask(MINE, {}, answer.data.loginWithPasskey.accessToken)).data;
    return me.sessions.find(({ current }) => current).amr;
  }

  async passkeys() {
    return (await this.ask(MINE)).data.me.passkeys;
  }

  close() {
    return this.tab.context().close();
  }
}

test('a person adds a passkey and logs in with it', async () => {
  const ada = await Person.meet('ada');
  await ada.add();
  assert.deepEqual(await ada.wantLogin(), ['hwk', 'user', 'mfa']);
  assert.deepEqual(await ada.wantLogin(), ['hwk', 'user', 'mfa']);
  const [credential] = await ada.credentials();
  assert.deepEqual([credential.rpId, credential.isResidentCredential, credential.signCount], ['localhost', true, 3]);
  assert.equal(Buffer.from(credential.userHandle, 'base64').length, 16);
  assert.equal((await ada.create()).credential, 'InvalidStateError', 'the device has one already');
  await ada.close();
});

test('a device begins to share its keys, and can not take that back', async () => {
  const bea = await Person.meet('bea');
  await bea.add();
  const [{ credentialId }] = await bea.credentials();
  await bea.device('setCredentialProperties', { credentialId, backupEligibility: true, backupState: true });
  assert.deepEqual(await bea.wantLogin(), ['swk', 'user', 'mfa']);
  assert.equal((await bea.passkeys())[0].backedUp, true);
  await bea.device('setCredentialProperties', { credentialId, backupEligibility: false, backupState: false });
  assert.equal(code(await bea.logIn()), 'INVALID_CREDENTIALS');
  await bea.device('setCredentialProperties', { credentialId, backupEligibility: true, backupState: false });
  await bea.wantLogin();
  assert.equal((await bea.passkeys())[0].backedUp, false);
  await bea.close();
});

test('a device that shares its keys from the start', async () => {
  const cid = await Person.meet('cid', { defaultBackupEligibility: true, defaultBackupState: true });
  await cid.add();
  assert.deepEqual(await cid.wantLogin(), ['swk', 'user', 'mfa']);
  assert.equal((await cid.passkeys())[0].backedUp, true);
  await cid.close();
});

test('a copy suspends the passkey', async () => {
  const dan = await Person.meet('dan');
  await dan.add();
  await dan.wantLogin();
  const [credential] = await dan.credentials();
  await dan.device('removeCredential', { credentialId: credential.credentialId });
  await dan.device('addCredential', { credential: { ...credential, signCount: 1 } });
  assert.equal(code(await dan.logIn()), 'INVALID_CREDENTIALS');
  assert.equal((await dan.passkeys())[0].suspended, true);
  await dan.device('removeCredential', { credentialId: credential.credentialId });
  await dan.device('addCredential', { credential: { ...credential, signCount: 100 } });
  assert.equal(code(await dan.logIn()), 'INVALID_CREDENTIALS');
  await dan.close();
});

test('what a device answers wrong is refused', async () => {
  const eli = await Person.meet('eli');
  await eli.add();
  for (const wrong of [{ isBogusSignature: true }, { isBadUV: true }, { isBadUP: true }]) {
    await eli.device('setResponseOverrideBits', wrong);
    assert.equal(code(await eli.logIn()), 'INVALID_CREDENTIALS', JSON.stringify(wrong));
    await eli.device('setResponseOverrideBits', {});
    await eli.wantLogin();
  }
  await eli.device('setUserVerified', { isUserVerified: false });
  assert.equal((await eli.answer()).credential, 'NotAllowedError');
  await eli.device('setUserVerified', { isUserVerified: true });
  await eli.wantLogin();
  await eli.close();
});

test('an answer works once, and for its own ceremony', async () => {
  const fay = await Person.meet('fay');
  await fay.add();
  const input = await fay.answer();
  const { ceremony } = (await fay.ask(BEGIN_LOGIN, {}, '')).data.beginPasskeyLogin;
  assert.equal(code(await fay.ask(LOGIN, { input: { ...input, ceremony } }, '')), 'INVALID_CREDENTIALS');
  assert.equal(code(await fay.ask(LOGIN, { input }, '')), undefined);
  assert.equal(code(await fay.ask(LOGIN, { input }, '')), 'PROOF_INVALID');
  await fay.close();
});

test('the browser offers passkeys in a field', async () => {
  const gus = await Person.meet('gus');
  await gus.add();
  assert.equal(await gus.tab.evaluate(() => PublicKeyCredential.isConditionalMediationAvailable()), true);
  const input = await gus.answer({ mediation: 'conditional' });
  assert.equal((await gus.ask(LOGIN, { input }, '')).data.loginWithPasskey.user.email, gus.email);
  await gus.close();
});

test('a device forgets what was removed, and keeps the rest', async () => {
  const hal = await Person.meet('hal');
  const id = await hal.add();
  const first = hal.authenticatorId;
  await hal.device('setAutomaticPresenceSimulation', { enabled: false });
  await hal.plug({ transport: 'usb' });
  await hal.add();
  assert.equal((await hal.passkeys()).length, 2);
  const { data } = await hal.ask(DELETE, { id });
  const { rpId, userHandle: userId, acceptedCredentials: allAcceptedCredentialIds } = data.deletePasskey;
  await hal.tab.evaluate((left) => PublicKeyCredential.signalAllAcceptedCredentials(left), { rpId, userId, allAcceptedCredentialIds });
  assert.equal((await hal.credentials()).length, 1);
  hal.authenticatorId = first;
  assert.equal((await hal.credentials()).length, 0);
  await hal.close();
});

test('there are none for an IP address', async () => {
  const ida = await Person.meet('ida');
  await ida.tab.goto(ida.tab.url().replace('localhost', '127.0.0.1'));
  assert.equal((await ida.create()).credential, 'SecurityError');
  assert.equal((await ida.answer()).credential, 'SecurityError');
  await setup.gatehouse.restart({ PUBLIC_URL: setup.gatehouse.url.replace('localhost', '127.0.0.1') }).then(assert.fail, ({ message }) => {
    assert.match(message, /passkeys are for the domain localhost/);
  });
  await ida.close();
});
