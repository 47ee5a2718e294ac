// The session of this browser tab: its tokens, and the user they belong to.
//
// The tokens are kept in the memory of the page. During a reload they are in sessionStorage, and
// the new page removes them from there: a duplicated tab copies that storage and would use the same
// refresh token a second time, which ends the session. They are never in localStorage, which
// outlives the tab.

const KEY = 'gatehouse:session';

// claimsOf reads the payload of a JWT to display it. It verifies nothing, and returns null for
// anything that is not a JWT.
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

// A Session dispatches a "change" event after every change.
export class Session extends EventTarget {
  #now;
  #tokens = null; // {accessToken, refreshToken, cookie, expiresAt, email}
  #claims = null;
  notice = ''; // why the last session ended, or what failed: a sentence for the user

  // now returns milliseconds since the epoch.
  constructor(now = Date.now) {
    super();
    this.#now = now;
  }

  get accessToken() {
    return this.#tokens?.accessToken ?? null;
  }

  // refreshToken is null without a session, and when the server keeps the token in a cookie.
  get refreshToken() {
    return this.#tokens?.refreshToken ?? null;
  }

  // cookie is true if the refresh token is in a cookie: the answer selected the field, and it was
  // null.
  get cookie() {
    return this.#tokens?.cookie ?? false;
  }

  get refreshable() {
    return this.refreshToken !== null || this.cookie;
  }

  get claims() {
    return this.#claims;
  }

  // subject is the user's id, or null.
  get subject() {
    return this.#claims?.sub ?? null;
  }

  get name() {
    return this.#tokens?.email ?? this.subject;
  }

  // secondsLeft is the remaining lifetime of the access token, by this machine's clock, counted
  // from when the token arrived.
  get secondsLeft() {
    return this.#tokens ? Math.max(0, Math.ceil((this.#tokens.expiresAt - this.#now()) / 1000)) : 0;
  }

  // adopt takes the tokens from an AuthPayload and returns true. Given anything else, it changes
  // nothing and returns false. Tokens that the payload lacks are dropped: an older refresh token
  // belongs to another session, or was used.
  adopt(payload) {
    const claims = claimsOf(payload?.accessToken);
    if (!claims) return false;
    const email = claims.sub === this.subject ? this.#tokens.email : null;
    const lifetime = payload.expiresIn ?? claims.exp - claims.iat;
    this.#claims = claims;
    this.#tokens = {
      accessToken: payload.accessToken,
      refreshToken: payload.refreshToken ?? null,
      cookie: payload.refreshToken === null,
      expiresAt: this.#now() + lifetime * 1000,
      email,
    };
    this.notice = '';
    this.learnEmail({ id: claims.sub, ...payload.user });
    this.#changed();
    return true;
  }

  // learnEmail takes the email address from any account in an answer, if it is the user's own.
  learnEmail(user) {
    if (!this.#tokens || user?.id !== this.subject || typeof user.email !== 'string') return;
    if (user.email === this.#tokens.email) return;
    this.#tokens.email = user.email;
    this.#changed();
  }

  // end drops the tokens, and tells the user why.
  end(notice = '') {
    this.#tokens = null;
    this.#claims = null;
    this.notify(notice);
  }

  notify(notice) {
    this.notice = notice;
    this.#changed();
  }

  // suspend writes the session to the store while the page reloads.
  suspend(store) {
    if (this.#tokens) store.setItem(KEY, JSON.stringify(this.#tokens));
  }

  // resume reads the session that suspend wrote, and removes it from the store.
  resume(store) {
    const text = store.getItem(KEY);
    store.removeItem(KEY);
    if (!text || this.#tokens) return;
    this.#tokens = JSON.parse(text);
    this.#claims = claimsOf(this.#tokens.accessToken);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
