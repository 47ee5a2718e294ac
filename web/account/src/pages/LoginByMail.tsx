import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { send } from '../api';
import { Field, Form, type Values } from '../Form';
import { LogInByEmailDocument, RequestLoginDocument } from '../graphql/graphql';
import { Heading } from '../Heading';
import { session } from '../session';
import { locale, words } from '../words/words';
import { Sent } from './Sent';
import { keep, waiting, type Waiting } from './waiting';

// LoginByMail asks for a mail, and then for the code in it. If its link is opened in another tab of
// this browser, this one is logged in too.
export function LoginByMail({ notice }: { notice?: ComponentChildren }) {
  const [login, setLogin] = useState(waiting);

  function wait(next: Waiting | undefined) {
    keep(next);
    setLogin(next);
  }

  async function ask(values: Values) {
    const email = values('email');
    const { data, problem } = await send(RequestLoginDocument, { email, locale });
    if (data?.requestLogin) wait({ email, ...data.requestLogin });
    return problem;
  }

  if (login) return <Code login={login} again={() => wait(undefined)} />;
  return (
    <>
      <Heading>{words.byMail}</Heading>
      {notice}
      <p>{words.byMailText}</p>
      <Form label={words.sendLink} fields={['email']} send={ask}>
        <Field name="email" label={words.email} type="email" autoComplete="username" />
      </Form>
    </>
  );
}

function Code({ login, again }: { login: Waiting; again: () => void }) {
  async function enter(values: Values) {
    const problem = await session.open(LogInByEmailDocument, { input: { request: login.request, code: values('code').replace(/\D/g, '') } });
    if (!problem) keep(undefined);
    return problem;
  }

  return (
    <Sent text={words.loginSent(login.email)}>
      <Form label={words.logIn} send={enter}>
        <Field name="code" label={words.code} type="code" autoComplete="one-time-code" />
      </Form>
      <p class="buttons"><button class="second" onClick={again}>{words.another}</button></p>
    </Sent>
  );
}
