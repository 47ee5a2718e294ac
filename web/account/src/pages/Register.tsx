import { useState } from 'preact/hooks';
import { send } from '../api';
import { Field, Form, NewPassword, type Values } from '../Form';
import { RegisterDocument, RequestRegistrationDocument } from '../graphql/graphql';
import { Heading } from '../Heading';
import { session } from '../session';
import { locale, words } from '../words/words';
import { Sent } from './Sent';
import type { StrangerProps } from './stranger';

// Register makes an account, or sends the link that does so, as the service is set up.
export function Register({ methods }: StrangerProps) {
  const [sent, setSent] = useState<string>();
  if (sent) return <Sent text={sent} />;
  return (
    <>
      <Heading>{words.register}</Heading>
      {methods.registration === 'BY_EMAIL' ? <ByMail done={setSent} /> : <AtOnce least={methods.minPasswordLength} done={setSent} />}
      <ul class="ways"><li>{words.hasAccount} <a href="#login">{words.logIn}</a></li></ul>
    </>
  );
}

function ByMail({ done }: { done: (text: string) => void }) {
  async function ask(values: Values) {
    const email = values('email');
    const { problem } = await send(RequestRegistrationDocument, { email, locale });
    if (!problem) done(words.registerSent(email));
    return problem;
  }

  return (
    <Form label={words.sendLink} fields={['email']} send={ask}>
      <Field name="email" label={words.email} type="email" autoComplete="username" />
    </Form>
  );
}

function AtOnce({ least, done }: { least: number; done: (text: string) => void }) {
  async function register(values: Values) {
    const email = values('email');
    const problem = await session.open(RegisterDocument, { input: { email, password: values('password'), name: values('name') || null } });
    if (problem?.reason !== 'email_unverified') return problem;
    done(words.required(email)); // the account was made
    return undefined;
  }

  return (
    <Form label={words.register} fields={['name', 'email', 'password']} send={register}>
      <Field name="name" label={words.name} autoComplete="name" optional />
      <Field name="email" label={words.email} type="email" autoComplete="username" />
      <NewPassword name="password" label={words.password} least={least} />
    </Form>
  );
}
