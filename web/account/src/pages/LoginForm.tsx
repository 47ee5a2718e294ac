import { Field, Form } from '../Form';
import { LogInDocument } from '../graphql/graphql';
import { session } from '../session';
import { words } from '../words/words';

// LoginForm logs in with a password.
export function LoginForm() {
  return (
    <Form label={words.logIn} send={(values) => session.open(LogInDocument, { input: { email: values('email'), password: values('password') } })}>
      <Field name="email" label={words.email} type="email" autoComplete="username" />
      <Field name="password" label={words.password} type="password" autoComplete="current-password" />
    </Form>
  );
}
