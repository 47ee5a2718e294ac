// Sends operations to the API of the same origin, and says what went wrong.
import type { ErrorCode, FactorKind } from './graphql/codes';
import type { TypedDocumentString } from './graphql/graphql';

const TIMEOUT = 30_000; // milliseconds: tabs wait for each other, so no tab may wait forever

// Own are the codes of what fails in the browser: there was no answer of the API, the person gave no
// passkey, or the device has one of the account already.
export type Own = 'UNREACHABLE' | 'PASSKEY_UNUSED' | 'PASSKEY_KNOWN';

// A Problem is why an operation failed.
export interface Problem {
  code: ErrorCode | Own;
  message: string; // in English
  reason: string | undefined;
  field: string | undefined; // the last name of the invalid field, such as password
  retryAfter: number | undefined; // seconds
  requestId: string | undefined;
  challenge: string | undefined; // the token of a login that waits for another factor
  expiresAt: string | undefined; // when the challenge ends
  methods: FactorKind[] | undefined; // what can be given for the factor that is missing
}

// own returns the problem of a code of ours.
export const own = (code: Own): Problem => ({
  code, message: '', reason: undefined, field: undefined, retryAfter: undefined, requestId: undefined, challenge: undefined, expiresAt: undefined, methods: undefined,
});

export type Answer<T> = { data: T; problem?: undefined } | { data?: undefined; problem: Problem };

export interface Options {
  token?: string | undefined; // an access token
  cookie?: boolean; // whether the refresh cookie is sent, read and set
}

// base is the path below which the service is, such as "" or "/id": the page is at base/account.
const base = location.pathname.replace(/\/account\/?$/, '');

// byId is whether the service takes documents by their ids only (TRUSTED_DOCUMENTS_MODE=only). It
// knows those of this page.
let byId = false;

export async function send<T, V>(document: TypedDocumentString<T, V>, variables: V, options: Options = {}): Promise<Answer<T>> {
  const sentById = byId; // others under way may learn it first
  const answer = await post(document, variables, options);
  if (answer.problem?.reason !== 'document_id_required' || sentById) return answer;
  byId = true;
  return post(document, variables, options);
}

async function post<T, V>(document: TypedDocumentString<T, V>, variables: V, { token, cookie = false }: Options): Promise<Answer<T>> {
  const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json;q=0.9' };
  if (token) headers['authorization'] = `Bearer ${token}`;
  if (cookie) headers['x-auth-mode'] = 'cookie';
  try {
    const response = await fetch(`${base}/graphql`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ ...(byId ? { documentId: document.__meta__?.['hash'] } : { query: document.toString() }), variables }),
      credentials: cookie ? 'same-origin' : 'omit',
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT),
    });
    return read<T>(await response.json());
  } catch {
    return { problem: own('UNREACHABLE') };
  }
}

interface Extensions {
  code: ErrorCode;
  reason?: string;
  field?: string;
  retryAfter?: number;
  requestId?: string;
  challenge?: string;
  expiresAt?: string;
  methods?: FactorKind[];
}

interface Body<T> {
  data?: T | null;
  errors?: { message: string; extensions: Extensions }[];
}

function read<T>({ data, errors }: Body<T>): Answer<T> {
  const error = errors?.[0];
  if (!error) {
    if (!data) throw new Error('neither data nor errors');
    return { data };
  }
  const { code, reason, field, retryAfter, requestId, challenge, expiresAt, methods } = error.extensions;
  return { problem: { code, message: error.message, reason, field: field?.split('.').at(-1), retryAfter, requestId, challenge, expiresAt, methods } };
}
