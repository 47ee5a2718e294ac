// A login that waits for the code of a mail. Phones unload a page while its person reads mails, so
// it is kept in the tab. Without the code it is worth nothing.
const KEY = 'gatehouse-login';

export interface Waiting {
  email: string;
  request: string;
  expiresAt: string;
}

export function waiting(): Waiting | undefined {
  const text = sessionStorage.getItem(KEY);
  if (!text) return undefined;
  const kept = JSON.parse(text) as Waiting;
  return Date.parse(kept.expiresAt) > Date.now() ? kept : undefined;
}

export function keep(login: Waiting | undefined) {
  if (login) sessionStorage.setItem(KEY, JSON.stringify(login));
  else sessionStorage.removeItem(KEY);
}
