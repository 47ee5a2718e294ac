// Asks the service what the caller may do: `access` for an operation, `can` for coordinates, and
// `scopes` for what others may be allowed to.
import { words } from './requirements.mjs';

const ACCESS = `query ExplorerAccess($operation: String!, $operationName: String, $variables: JSON) {
  access(operation: $operation, operationName: $operationName, variables: $variables) { coordinate path verdict reason required missing }
}`;
const SCOPES = 'query ExplorerScopes { scopes { name title own coordinates } }';
const CAN = 'query ExplorerCan($coordinates: [String!]!) { viewer { can(coordinates: $coordinates) } }';

// LIMIT is how many coordinates `can` takes.
export const LIMIT = 100;

// explain returns {rows, fault}: a row for each guarded place of the operation, or why there are no
// rows.
export async function explain(transport, operation, headers) {
  const { query, operationName, variables } = transport.prepared(operation);
  delete variables.refreshToken; // no decision depends on it
  await transport.refreshExpired();
  const { result } = await transport.run({ query: ACCESS, operationName: 'ExplorerAccess', variables: { operation: query, operationName, variables } }, headers);
  if (!result.data?.access) return { rows: [], fault: result.errors?.[0]?.message ?? 'The service did not answer.' };
  return { rows: result.data.access.map(row), fault: '' };
}

// row puts a decision into words.
export function row({ coordinate, path, verdict, reason, required, missing }) {
  return { place: path.join(' › '), coordinate, verdict, needs: words(required), why: why({ verdict, reason, required, missing }) };
}

const OWN = 'if it is your own';
const PROOF = /(?:^|, and )(?:proof within |[12] factors?(?:,|$))/;

const REASONS = {
  no_credential: 'log in first',
  token_expired: 'the access token has expired',
  token_invalid: 'the access token is not valid',
  session_ended: 'the session has ended',
  not_self: 'not your own',
  not_delegable: 'not for applications and API keys',
  stale: 'prove again who you are, with reauthenticate',
  one_factor: 'prove who you are with a second factor, with reauthenticate',
};

function why({ verdict, reason, required, missing }) {
  if (verdict === 'SELF') return required.some((any) => any.includes('self')) ? OWN : 'depends on who logs in';
  if (verdict !== 'DENY' && verdict !== 'STEP_UP') return '';
  return REASONS[reason] ?? (missing.length > 0 ? `you lack ${words(missing)}` : reason);
}

// can returns {allowed, fault}: for each coordinate whether the caller may reach it, or why that is
// not known.
export async function can(transport, coordinates) {
  await transport.refreshExpired();
  const { result } = await transport.run({ query: CAN, operationName: 'ExplorerCan', variables: { coordinates } });
  const answer = result.data?.viewer?.can;
  if (!answer) return { allowed: new Map(), fault: result.errors?.[0]?.message ?? 'The service did not answer.' };
  return { allowed: new Map(coordinates.map((each, i) => [each, answer[i]])), fault: '' };
}

// listScopes returns {scopes, fault}: the scopes that the caller is shown, or why there are none.
export async function listScopes(transport) {
  await transport.refreshExpired();
  const { result } = await transport.run({ query: SCOPES, operationName: 'ExplorerScopes', variables: {} });
  if (!result.data?.scopes) return { scopes: [], fault: result.errors?.[0]?.message ?? 'The service did not answer.' };
  return { scopes: result.data.scopes, fault: '' };
}

// reach puts an answer of `can` into words. It is false for what depends on whose object it is, and
// for what may take a proof first.
// required says what is required, as descriptions do.
export function reach(allowed, required) {
  if (allowed) return { verdict: 'ALLOW' };
  if (/\bself \(/.test(required)) return { verdict: 'SELF', why: OWN };
  return PROOF.test(required) ? { verdict: 'DENY', why: 'perhaps because you have to prove again who you are' } : { verdict: 'DENY' };
}

// matching returns the coordinates that contain the text, at most LIMIT. A text that is in none of
// them is asked for itself if it has the form of one.
export function matching(known, text) {
  const wanted = text.trim().toLowerCase();
  const found = known.filter((each) => each.toLowerCase().includes(wanted)).slice(0, LIMIT);
  return found.length === 0 && /^\w+\.\w+(\(\w+:\))?$/.test(text.trim()) ? [text.trim()] : found;
}
