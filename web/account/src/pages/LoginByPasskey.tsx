import { send } from '../api';
import { Form } from '../Form';
import { BeginPasskeyLoginDocument, LogInWithPasskeyDocument } from '../graphql/graphql';
import { use, type Json } from '../passkey';
import { session } from '../session';
import { words } from '../words/words';
import type { Autofill } from './autofill';

// LoginByPasskey logs in with a passkey, which knows its account.
export function LoginByPasskey({ autofill, first }: { autofill: Autofill; first: boolean }) {
  async function logIn() {
    await autofill.pause();
    const problem = await ask();
    if (problem) autofill.resume();
    return problem;
  }

  async function ask() {
    const begun = await send(BeginPasskeyLoginDocument, {});
    if (!begun.data?.beginPasskeyLogin) return begun.problem;
    const { ceremony, options } = begun.data.beginPasskeyLogin;
    const { data: credential, problem } = await use(options as Json);
    return credential ? session.open(LogInWithPasskeyDocument, { input: { ceremony, credential } }) : problem;
  }

  return <Form label={words.byPasskey} fields={['passkey']} send={logIn} quiet={!first} />;
}
