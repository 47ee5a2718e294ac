// A login that waits for another factor. Phones unload a page while its person reads a code in
// another app, so it is kept in the tab. Without the other factor it is worth nothing.
import type { FactorKind } from './graphql/codes';

const KEY = 'gatehouse-challenge';

export interface Challenged {
  token: string;
  methods: FactorKind[];
  expiresAt: string;
}

export function kept(): Challenged | undefined {
  const text = sessionStorage.getItem(KEY);
  if (!text) return undefined;
  const challenge = JSON.parse(text) as Challenged;
  return Date.parse(challenge.expiresAt) > Date.now() ? challenge : undefined;
}

export function keep(challenge: Challenged | undefined) {
  if (challenge) sessionStorage.setItem(KEY, JSON.stringify(challenge));
  else sessionStorage.removeItem(KEY);
}
