// Passkeys of the browser (Web Authentication, level 3). The service writes and reads the JSON.
import { own, type Answer, type Problem } from './api';

export type Json = Record<string, unknown>;

// supported is whether the browser has passkeys, and reads their JSON.
export const supported = typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential && 'parseCreationOptionsFromJSON' in PublicKeyCredential;

interface Asking {
  signal?: AbortSignal;
  conditional?: boolean; // whether the browser offers passkeys beside a field only
}

// use lets the person choose a passkey, and returns what it signed.
export async function use(options: Json, { signal, conditional = false }: Asking = {}): Promise<Answer<Json>> {
  return asked(async () => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options['publicKey'] as PublicKeyCredentialRequestOptionsJSON);
    return navigator.credentials.get({ publicKey, ...(signal && { signal }), ...(conditional && { mediation: 'conditional' }) });
  });
}

// make lets the person make a passkey.
export async function make(options: Json): Promise<Answer<Json>> {
  return asked(async () => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options['publicKey'] as PublicKeyCredentialCreationOptionsJSON);
    return navigator.credentials.create({ publicKey });
  });
}

// asked answers with the JSON of a credential. Browsers don't say why there is none, except that the
// device has one already.
async function asked(work: () => Promise<Credential | null>): Promise<Answer<Json>> {
  try {
    const credential = await work();
    return credential instanceof PublicKeyCredential ? { data: { ...credential.toJSON() } } : { problem: own('PASSKEY_UNUSED') };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

const problemOf = (error: unknown): Problem => own(error instanceof DOMException && error.name === 'InvalidStateError' ? 'PASSKEY_KNOWN' : 'PASSKEY_UNUSED');

// handle is the account as passkeys know it: the 16 bytes of its id, in base64url.
function handle(id: string): string {
  const bytes = id.replaceAll('-', '').match(/../g) ?? [];
  return btoa(String.fromCharCode(...bytes.map((byte) => parseInt(byte, 16)))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

// keepOnly tells the device which passkeys the account has, so that it offers no other. The list has
// to be complete: devices remove the passkeys that are not in it.
export async function keepOnly(rpId: string, userHandle: string, credentials: string[]) {
  if (!supported || !('signalAllAcceptedCredentials' in PublicKeyCredential)) return;
  await PublicKeyCredential.signalAllAcceptedCredentials({ rpId, userId: userHandle, allAcceptedCredentialIds: credentials }).catch(() => undefined);
}

// rename tells the device what the account is called now.
export async function rename(rpId: string, userId: string, name: string, displayName: string) {
  if (!supported || !('signalCurrentUserDetails' in PublicKeyCredential)) return;
  await PublicKeyCredential.signalCurrentUserDetails({ rpId, userId: handle(userId), name, displayName }).catch(() => undefined);
}
