// The session this browser tab holds: its tokens, and whose they are.
//
// The tokens live in the memory of the page. Only while the page is away (a reload) do they lie in sessionStorage,
// from where the next page takes them out again: a duplicated tab, which copies that storage, would otherwise use
// the same refresh token twice, and that ends the session. Never in localStorage, which outlives the tab.

const KEY = 'gatehouse:session';

// claimsOf reads the payload of a JWT for display; it verifies nothing. Null for anything else.
export function claimsOf(token) {
  try {
    const [, payload] = token.split('.');
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims?.sub === 'string' ? claims : null;
  } catch {
    return null;
  }
}

// Session tells its listeners of every change by the event "change".
export class Session extends EventTarget {
  #now;
  #held = null; // {accessToken, refreshToken, cookie, expiresAt, email}
  #claims = null;
  notice = ''; // why the last session ended, or what failed; a sentence for the person at the page

  // now answers milliseconds since the epoch.
  constructor(now = Date.now) {
    super();
    this.#now = now;
  }

  get accessToken() {
    return this.#held?.accessToken ?? null;
  }

  // refreshToken is null when there is none, and when the server keeps it in a cookie.
  get refreshToken() {
    return this.#held?.refreshToken ?? null;
  }

  // cookie says that the refresh token lies in a cookie: the answer had the field, and it was null.
  get cookie() {
    return this.#held?.cookie ?? false;
  }

  get refreshable() {
    return this.refreshToken !== null || this.cookie;
  }

  get claims() {
    return this.#claims;
  }

  // subject is the id of the account, or null.
  get subject() {
    return this.#claims?.sub ?? null;
  }

  get name() {
    return this.#held?.email ?? this.subject;
  }

  // secondsLeft is how long the access token still works, by this machine's clock, counted from when it came.
  get secondsLeft() {
    return this.#held ? Math.max(0, Math.ceil((this.#held.expiresAt - this.#now()) / 1000)) : 0;
  }

  // adopt takes the tokens of an AuthPayload and answers true; anything else changes nothing and answers false.
  // What the answer does not hold is forgotten, too: an older refresh token is of another session, or used up.
  adopt(payload) {
    const claims = claimsOf(payload?.accessToken);
    if (!claims) return false;
    const email = claims.sub === this.subject ? this.#held.email : null;
    const lifetime = payload.expiresIn ?? claims.exp - claims.iat;
    this.#claims = claims;
    this.#held = {
      accessToken: payload.accessToken,
      refreshToken: payload.refreshToken ?? null,
      cookie: payload.refreshToken === null,
      expiresAt: this.#now() + lifetime * 1000,
      email,
    };
    this.notice = '';
    this.learn({ id: claims.sub, ...payload.user });
    this.#changed();
    return true;
  }

  // learn takes the e-mail address of the person who is signed in from any account an answer shows.
  learn(user) {
    if (!this.#held || user?.id !== this.subject || typeof user.email !== 'string') return;
    if (user.email === this.#held.email) return;
    this.#held.email = user.email;
    this.#changed();
  }

  forget(notice = '') {
    this.#held = null;
    this.#claims = null;
    this.say(notice);
  }

  say(notice) {
    this.notice = notice;
    this.#changed();
  }

  // suspend lays the session down in store while the page is away.
  suspend(store) {
    if (this.#held) store.setItem(KEY, JSON.stringify(this.#held));
  }

  // resume takes up what suspend laid down, and leaves nothing there.
  resume(store) {
    const text = store.getItem(KEY);
    store.removeItem(KEY);
    if (!text || this.#held) return;
    this.#held = JSON.parse(text);
    this.#claims = claimsOf(this.#held.accessToken);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
