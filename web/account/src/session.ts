// Who is logged in, in this tab and in the others.
//
// The access token is in the memory of this tab only. The refresh token is in a cookie, which no
// script can read and all tabs share. If the service sets no cookies, it is in memory too, and a
// reload logs out.
import { send, type Answer, type Problem } from './api';
import { ChangePasswordDocument, LogOutDocument, MeDocument, RefreshDocument, type PersonFragment, type TokensFragment, type TypedDocumentString } from './graphql/graphql';

export type State =
  | { phase: 'starting' }
  | { phase: 'unavailable' } // the service can't be reached, so we don't know
  | { phase: 'out'; ended?: boolean }
  | { phase: 'in'; person: PersonFragment };

// The names are those of the example app, so that its tabs on the same origin take part.
const NAME = 'gatehouse-session';

// EARLY is how many seconds before its end an access token is replaced. A public operation is not
// refused for an expired one, but answered as for a stranger.
const EARLY = 30;

// exclusively lets one tab at a time use the cookie: a slow tab might send a refresh token after two
// others were issued, which looks like a stolen token (RFC 9700, 4.14.2). Browsers have locks only
// on https and localhost.
const exclusively = async <T>(work: () => Promise<T>): Promise<T> => (navigator.locks ? navigator.locks.request(NAME, work) : work());

class Session {
  #state: State = { phase: 'starting' };
  #tokens = { access: '', refresh: undefined as string | undefined, until: 0 };
  #listeners = new Set<() => void>();
  #otherTabs = new BroadcastChannel(NAME);

  constructor() {
    this.#otherTabs.onmessage = () => void this.restore();
  }

  readonly state = () => this.#state;

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  // open sends an operation that logs in, with the session that there is now.
  async open<V>(document: TypedDocumentString<{ tokens: TokensFragment | null }, V>, variables: V): Promise<Problem | undefined> {
    const { data, problem } = await this.#send((token) => exclusively(() => send(document, variables, { token, cookie: true })));
    if (data?.tokens) {
      this.#adopt(data.tokens);
      this.tell();
    }
    return problem;
  }

  // changePassword ends the earlier tokens of the session, and gets others.
  async changePassword(currentPassword: string, newPassword: string): Promise<Problem | undefined> {
    return this.open(ChangePasswordDocument, { input: { currentPassword, newPassword } });
  }

  // call sends any other operation, with the access token if there is a session.
  async call<T, V>(document: TypedDocumentString<T, V>, variables: V): Promise<Answer<T>> {
    return this.#send((token) => send(document, variables, { token }));
  }

  // send sends with the access token, if there is one. If it is refused, it is replaced, and the
  // operation sent once more: as a stranger's, if the session has ended.
  async #send<T>(work: (token: string | undefined) => Promise<Answer<T>>): Promise<Answer<T>> {
    const token = await this.#token();
    const answer = await work(token);
    if (!token || answer.problem?.code !== 'UNAUTHENTICATED') return answer;
    await this.refresh();
    return this.#tokens.access === token ? answer : work(await this.#token());
  }

  async #token(): Promise<string | undefined> {
    if (this.#state.phase !== 'in') return undefined;
    if (Date.now() > this.#tokens.until) await this.refresh();
    return this.#tokens.access || undefined;
  }

  // refresh gets the next access token, or learns that the session has ended. If the service can't
  // be reached, nothing changes.
  async refresh(): Promise<void> {
    const { data, problem } = await exclusively(() => send(RefreshDocument, { refreshToken: this.#tokens.refresh }, { cookie: true }));
    if (data?.tokens) this.#adopt(data.tokens);
    else if (problem?.code.startsWith('REFRESH_TOKEN_')) this.close(this.#state.phase === 'in');
  }

  // restore finds out who is logged in, when the page is loaded and when another tab says that
  // something has changed.
  async restore(): Promise<void> {
    await this.refresh();
    if (this.#state.phase === 'starting') this.#set({ phase: 'unavailable' });
  }

  async logOut(): Promise<Problem | undefined> {
    const { problem } = await exclusively(() => send(LogOutDocument, { refreshToken: this.#tokens.refresh }, { token: this.#tokens.access, cookie: true }));
    if (problem) return problem;
    this.close();
    this.tell();
    return undefined;
  }

  // reload reads the account again. If that fails, what is known stays.
  async reload(): Promise<void> {
    const { data } = await this.call(MeDocument, {});
    if (data?.me) this.learn(data.me);
  }

  // learn takes the account from an answer.
  learn(person: PersonFragment) {
    if (this.#state.phase === 'in') this.#set({ phase: 'in', person });
  }

  // close forgets the session. It has ended if no one asked for that here.
  close(ended = false) {
    this.#tokens = { access: '', refresh: undefined, until: 0 };
    this.#set(ended ? { phase: 'out', ended } : { phase: 'out' });
  }

  // tell lets the other tabs find out what has changed.
  tell() {
    this.#otherTabs.postMessage('changed');
  }

  #adopt({ accessToken, expiresIn, refreshToken, user }: TokensFragment) {
    this.#tokens = { access: accessToken, refresh: refreshToken ?? undefined, until: Date.now() + Math.max(expiresIn - EARLY, expiresIn / 2) * 1000 };
    this.#set({ phase: 'in', person: user });
  }

  #set(state: State) {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

export const session = new Session();
