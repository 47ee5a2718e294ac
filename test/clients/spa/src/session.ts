// Who is logged in, in this tab and in the others.
//
// The access token is in the memory of this tab only. The refresh token is in a cookie, which no
// script can read and all tabs share. It is exchanged for the next access token after a reload, or
// when the access token has expired.
import { useSyncExternalStore } from 'react';
import type { CombinedError, OperationResult } from 'urql';
import * as authentication from './authentication';
import { codeOf } from './errors';
import type { CurrentUserFragment, LoginInput, RegisterInput, TokensFragment } from './graphql/graphql';

export type State =
  | { phase: 'starting' }
  | { phase: 'unavailable' } // the service can't be reached, so we don't know
  | { phase: 'out'; notice?: string }
  | { phase: 'in'; user: CurrentUserFragment };

type Answer = Promise<OperationResult<{ tokens: TokensFragment | null }>>;

// exclusively lets one tab at a time use the cookie. Otherwise a slow tab might send a refresh
// token after two others were issued, which looks like a stolen token and ends the session (RFC
// 9700, 4.14.2).
const exclusively = <T>(work: () => Promise<T>): Promise<T> => navigator.locks.request('gatehouse-session', work);

class Session {
  #state: State = { phase: 'starting' };
  #accessToken = '';
  #listeners = new Set<() => void>();
  #otherTabs = new BroadcastChannel('gatehouse-session');

  constructor() {
    this.#otherTabs.onmessage = () => this.restore();
  }

  readonly state = () => this.#state;

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  // accessTokenOf returns undefined if another user has logged in since: a request that one user
  // started is never sent with the token of another.
  accessTokenOf(userId: string): string | undefined {
    return this.#state.phase === 'in' && this.#state.user.id === userId ? this.#accessToken : undefined;
  }

  // register creates an account and logs it in. Like logIn and logOut, it returns the error, if
  // any.
  register(input: RegisterInput): Promise<CombinedError | undefined> {
    return this.#authenticate(() => authentication.register(input));
  }

  logIn(input: LoginInput): Promise<CombinedError | undefined> {
    return this.#authenticate(() => authentication.logIn(input));
  }

  async #authenticate(send: () => Answer): Promise<CombinedError | undefined> {
    const { data, error } = await exclusively(send);
    if (!data?.tokens) return error;
    this.#open(data.tokens);
    this.#otherTabs.postMessage('changed');
    return undefined;
  }

  // refresh gets the next access token, or learns that the session has ended. If the service can't
  // be reached, nothing changes.
  async refresh(): Promise<void> {
    const { data, error } = await exclusively(authentication.refresh);
    if (data?.tokens) this.#open(data.tokens);
    else if (hasEnded(error)) this.#close(this.#state.phase === 'in' ? 'Your session has ended. Log in to continue.' : undefined);
  }

  // restore finds out who is logged in, when the page is loaded and when another tab reports a
  // change.
  async restore(): Promise<void> {
    await this.refresh();
    if (this.#state.phase === 'starting') this.#set({ phase: 'unavailable' });
  }

  // logOut ends the session in all tabs.
  async logOut(): Promise<CombinedError | undefined> {
    const { error } = await exclusively(authentication.logOut);
    if (error) return error;
    this.#close();
    this.#otherTabs.postMessage('changed');
    return undefined;
  }

  #open({ accessToken, user }: TokensFragment) {
    this.#accessToken = accessToken;
    this.#set({ phase: 'in', user });
  }

  #close(notice?: string) {
    this.#accessToken = '';
    this.#set(notice ? { phase: 'out', notice } : { phase: 'out' });
  }

  #set(state: State) {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

const hasEnded = (error?: CombinedError) => ['REFRESH_TOKEN_INVALID', 'REFRESH_TOKEN_REUSED'].includes(codeOf(error) ?? '');

export const session = new Session();

export const useSession = () => useSyncExternalStore(session.subscribe, session.state);
