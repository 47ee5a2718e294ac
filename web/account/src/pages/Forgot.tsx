import { useState } from 'preact/hooks';
import { send } from '../api';
import { Field, Form, type Values } from '../Form';
import { RequestPasswordResetDocument } from '../graphql/graphql';
import { Heading } from '../Heading';
import { locale, words } from '../words/words';
import { Sent } from './Sent';

// Forgot sends a link for a new password.
export function Forgot() {
  const [to, setTo] = useState<string>();

  async function ask(values: Values) {
    const email = values('email');
    const { problem } = await send(RequestPasswordResetDocument, { email, locale });
    if (!problem) setTo(email);
    return problem;
  }

  if (to) return <Sent text={words.resetSent(to)} />;
  return (
    <>
      <Heading>{words.reset}</Heading>
      <p>{words.resetForgot}</p>
      <Form label={words.sendLink} fields={['email']} send={ask}>
        <Field name="email" label={words.email} type="email" autoComplete="username" />
      </Form>
      <ul class="ways"><li><a href="#login">{words.logIn}</a></li></ul>
    </>
  );
}
