import { useState } from 'preact/hooks';
import type { Problem } from '../api';
import { Field, Form, NewPassword, type Values } from '../Form';
import { AcceptInvitationDocument } from '../graphql/graphql';
import { Heading } from '../Heading';
import { go } from '../route';
import { session } from '../session';
import { words } from '../words/words';
import type { LandingProps } from './landing';
import { LoginForm } from './LoginForm';

// Invitation makes the account that a person is invited to have, or gives theirs the roles.
export function Invitation({ proof, methods, state }: LandingProps) {
  const [hasAccount, setHasAccount] = useState(false);

  async function accept(account: { password?: string; name?: string | null }): Promise<Problem | undefined> {
    const problem = await session.open(AcceptInvitationDocument, { input: { proof, ...account } });
    if (!problem) go('profile');
    return problem;
  }

  const register = async (values: Values) => {
    const problem = await accept({ password: values('password'), name: values('name') || null });
    if (problem?.code === 'CONFLICT' && problem.field === 'email') setHasAccount(true);
    return problem;
  };

  if (state.phase === 'in') {
    return (
      <>
        <Heading>{words.invitation}</Heading>
        <p>{words.inviteJoin(state.person.email ?? state.person.id)}</p>
        <Form label={words.accept} send={() => accept({})} />
        <p class="buttons"><button class="second" onClick={() => session.logOut()}>{words.logOut}</button></p>
      </>
    );
  }
  return (
    <>
      <Heading>{words.invitation}</Heading>
      {hasAccount ? <LoginForm /> : <NewAccount least={methods.minPasswordLength} register={register} />}
      <p class="buttons">
        <button class="second" onClick={() => setHasAccount(!hasAccount)}>{hasAccount ? words.inviteNew : words.inviteLogIn}</button>
      </p>
    </>
  );
}

function NewAccount({ least, register }: { least: number; register: (values: Values) => Promise<Problem | undefined> }) {
  return (
    <>
      <p>{words.inviteText}</p>
      <Form label={words.accept} fields={['name', 'password']} send={register}>
        <Field name="name" label={words.name} autoComplete="name" optional />
        <NewPassword name="password" label={words.password} least={least} />
      </Form>
    </>
  );
}
