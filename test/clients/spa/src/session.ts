// Who is logged in, in this tab and in the others.
//
// The access token is in this tab's memory and nowhere else. The refresh token is in a cookie that no script reads and all tabs
// share: after a reload, or when the access token has expired, it gives the next one.
import { useSyncExternalStore } from 'react';
import type { CombinedError, OperationResult } from 'urql';
import * as door from './door';
import type { EntryFragment, LoginInput, PersonFragment, RegisterInput } from './graphql/graphql';
import { codeOf } from './refusal';

export type State =
  | { phase: 'starting' }
  | { phase: 'away' } // the service can't be reached, so nobody knows
  | { phase: 'out'; notice?: string }
  | { phase: 'in'; person: PersonFragment };

type Entering = Promise<OperationResult<{ entry: EntryFragment | null }>>;

// alone lets one tab at a time use the cookie. Otherwise a slow tab might present a refresh token that two others have moved past,
// which to the service is a stolen one: it ends the session (RFC 9700, 4.14.2).
const alone = <T>(work: () => Promise<T>): Promise<T> => navigator.locks.request('gatehouse-session', work);

class Session {
  #state: State = { phase: 'starting' };
  #accessToken = '';
  #watchers = new Set<() => void>();
  #otherTabs = new BroadcastChannel('gatehouse-session');

  constructor() {
    this.#otherTabs.onmessage = () => this.restore();
  }

  readonly state = () => this.#state;

  readonly watch = (watcher: () => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  // accessTokenOf is undefined once somebody else has logged in: what one person began is never sent in the name of another.
  accessTokenOf(id: string): string | undefined {
    return this.#state.phase === 'in' && this.#state.person.id === id ? this.#accessToken : undefined;
  }

  // register makes an account and logs it in. It answers what is wrong, if anything is; so do logIn and logOut.
  register(input: RegisterInput): Promise<CombinedError | undefined> {
    return this.#enter(() => door.register(input));
  }

  logIn(input: LoginInput): Promise<CombinedError | undefined> {
    return this.#enter(() => door.logIn(input));
  }

  async #enter(knock: () => Entering): Promise<CombinedError | undefined> {
    const { data, error } = await alone(knock);
    if (!data?.entry) return error;
    this.#open(data.entry);
    this.#otherTabs.postMessage('changed');
    return undefined;
  }

  // refresh gets the next access token, or learns that the session is over. Where it can't ask, nothing changes.
  async refresh(): Promise<void> {
    const { data, error } = await alone(door.refresh);
    if (data?.entry) this.#open(data.entry);
    else if (isOver(error)) this.#close(this.#state.phase === 'in' ? 'Your session has ended. Log in to go on.' : undefined);
  }

  // restore finds out who is logged in: when the page is loaded, and when another tab says that this has changed.
  async restore(): Promise<void> {
    await this.refresh();
    if (this.#state.phase === 'starting') this.#become({ phase: 'away' });
  }

  // logOut ends the session, for all tabs.
  async logOut(): Promise<CombinedError | undefined> {
    const { error } = await alone(door.logOut);
    if (error) return error;
    this.#close();
    this.#otherTabs.postMessage('changed');
    return undefined;
  }

  #open({ accessToken, user }: EntryFragment) {
    this.#accessToken = accessToken;
    this.#become({ phase: 'in', person: user });
  }

  #close(notice?: string) {
    this.#accessToken = '';
    this.#become(notice ? { phase: 'out', notice } : { phase: 'out' });
  }

  #become(state: State) {
    this.#state = state;
    for (const watcher of this.#watchers) watcher();
  }
}

const isOver = (error?: CombinedError) => ['REFRESH_TOKEN_INVALID', 'REFRESH_TOKEN_REUSED'].includes(codeOf(error) ?? '');

export const session = new Session();

export const useSession = () => useSyncExternalStore(session.watch, session.state);
