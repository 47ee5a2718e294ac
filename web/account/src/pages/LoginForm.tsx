import { Field, Form, type Values } from '../Form';
import { LogInDocument } from '../graphql/graphql';
import { session } from '../session';
import { words } from '../words/words';
import type { Autofill } from './autofill';

// LoginForm logs in with a password. With autofill, the browser offers passkeys beside the address.
export function LoginForm({ autofill }: { autofill?: Autofill | undefined }) {
  async function logIn(values: Values) {
    await autofill?.pause();
    const problem = await session.open(LogInDocument, { input: { email: values('email'), password: values('password') } });
    if (problem) autofill?.resume();
    return problem;
  }

  return (
    <Form label={words.logIn} send={logIn}>
      <Field name="email" label={words.email} type="email" autoComplete={autofill ? 'username webauthn' : 'username'} />
      <Field name="password" label={words.password} type="password" autoComplete="current-password" />
    </Form>
  );
}
