// Who is logged in, in this tab and in the others.
//
// The access token is in the memory of this tab only. The refresh token is in a cookie, which no
// script can read and all tabs share. If the service sets no cookies, it is in memory too, and a
// reload logs out.
import { send, type Answer, type Problem } from './api';
import { keep, kept, type Challenged } from './challenged';
import { AnswerChallengeDocument, type ChallengeAnswer, ChangePasswordDocument, LogOutDocument, MeDocument, RefreshDocument, type PersonFragment, type TokensFragment, type TypedDocumentString } from './graphql/graphql';

export type State =
  | { phase: 'starting' }
  | { phase: 'unavailable' } // the service can't be reached, so we don't know
  | { phase: 'out'; why?: Why | undefined }
  | { phase: 'challenged'; challenge: Challenged; wasIn: boolean } // a login waits for another factor
  | { phase: 'in'; person: PersonFragment };

// Why no one is logged in any more: the session has ended, or a login has taken too long.
export type Why = 'ended' | 'late';

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
  #confirming: Promise<boolean> | undefined;

  // confirm asks the person to show once more who they are, and says whether they did. The page that
  // asks sets it.
  confirm: (problem: Problem) => Promise<boolean> = async () => false;

  constructor() {
    this.#otherTabs.onmessage = () => void this.restore();
  }

  readonly state = () => this.#state;

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  // open sends an operation that logs in, with the session that there is now. If the account has
  // another factor, the login waits for it: that is a state, and no problem.
  async open<V>(document: TypedDocumentString<{ tokens: TokensFragment | null }, V>, variables: V): Promise<Problem | undefined> {
    const { data, problem } = await this.#send((token) => exclusively(() => send(document, variables, { token, cookie: true })));
    if (data?.tokens) {
      this.#adopt(data.tokens);
      this.tell();
    }
    if (problem?.code !== 'CHALLENGE_REQUIRED' || !problem.challenge) return problem;
    const challenge = { token: problem.challenge, methods: problem.methods ?? [], expiresAt: problem.expiresAt ?? '' };
    keep(challenge);
    this.#set({ phase: 'challenged', challenge, wasIn: this.#state.phase === 'in' });
    return undefined;
  }

  // answer gives the other factor to the login that waits for it.
  async answer(token: string, given: Omit<ChallengeAnswer, 'token'>): Promise<Problem | undefined> {
    const problem = await this.open(AnswerChallengeDocument, { input: { token, ...given } });
    if (problem?.code === 'PROOF_INVALID') await this.giveUp('late');
    return problem;
  }

  // giveUp forgets the login that waits. Who was logged in before still is.
  async giveUp(why?: Why) {
    const wasIn = this.#state.phase === 'challenged' && this.#state.wasIn;
    keep(undefined);
    this.#set({ phase: 'out', why });
    if (wasIn) await this.refresh();
  }

  // changePassword ends the earlier tokens of the session, and gets others.
  async changePassword(newPassword: string): Promise<Problem | undefined> {
    return this.open(ChangePasswordDocument, { input: { newPassword } });
  }

  // call sends any other operation, with the access token if there is a session.
  async call<T, V>(document: TypedDocumentString<T, V>, variables: V): Promise<Answer<T>> {
    return this.#send((token) => send(document, variables, { token }));
  }

  // send sends, and once more if the person has to show who they are first, and does so.
  async #send<T>(work: (token: string | undefined) => Promise<Answer<T>>): Promise<Answer<T>> {
    const answer = await this.#sendOnce(work);
    if (answer.problem?.code !== 'STEP_UP_REQUIRED') return answer;
    this.#confirming ??= this.confirm(answer.problem).finally(() => (this.#confirming = undefined));
    return (await this.#confirming) ? this.#sendOnce(work) : answer;
  }

  // sendOnce sends with the access token, if there is one. If it is refused, it is replaced, and the
  // operation sent once more: as a stranger's, if the session has ended.
  async #sendOnce<T>(work: (token: string | undefined) => Promise<Answer<T>>): Promise<Answer<T>> {
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
    else if (problem?.code.startsWith('REFRESH_TOKEN_') && this.#state.phase !== 'challenged') this.close(this.#state.phase === 'in' ? 'ended' : undefined);
  }

  // restore finds out who is logged in, when the page is loaded and when another tab says that
  // something has changed.
  async restore(): Promise<void> {
    await this.refresh();
    const challenge = kept();
    if (this.#state.phase === 'starting') this.#set({ phase: 'unavailable' });
    else if (this.#state.phase === 'out' && challenge) this.#set({ phase: 'challenged', challenge, wasIn: false });
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

  // close forgets the session. It has ended by itself if no one asked for that here.
  close(why?: Why) {
    this.#tokens = { access: '', refresh: undefined, until: 0 };
    this.#set({ phase: 'out', why });
  }

  // tell lets the other tabs find out what has changed.
  tell() {
    this.#otherTabs.postMessage('changed');
  }

  #adopt({ accessToken, expiresIn, refreshToken, user }: TokensFragment) {
    keep(undefined);
    this.#tokens = { access: accessToken, refresh: refreshToken ?? undefined, until: Date.now() + Math.max(expiresIn - EARLY, expiresIn / 2) * 1000 };
    this.#set({ phase: 'in', person: user });
  }

  #set(state: State) {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

export const session = new Session();
