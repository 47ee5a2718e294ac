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

type Accept = (account: { password?: string; name?: string | null }) => Promise<Problem | undefined>;

// Invitation makes the account that a person is invited to have, or gives theirs the roles.
export function Invitation({ proof, methods, state }: LandingProps) {
  const accept: Accept = async (account) => {
    const problem = await session.open(AcceptInvitationDocument, { input: { proof, ...account } });
    if (!problem) go('profile');
    return problem;
  };

  return (
    <>
      <Heading>{words.invitation}</Heading>
      {state.phase === 'in' ? (
        <Join who={state.person.email ?? state.person.id} accept={accept} least={methods.minPasswordLength} />
      ) : (
        <Stranger accept={accept} least={methods.minPasswordLength} />
      )}
      <p class="hint">{words.askInviter}</p>
    </>
  );
}

interface Props {
  accept: Accept;
  least: number;
}

// Join accepts for the account that is logged in. If no account has the invited address, the service
// asks for the password of a new one.
function Join({ who, accept, least }: Props & { who: string }) {
  const [other, setOther] = useState(false);

  async function join() {
    const problem = await accept({});
    if (problem?.code !== 'BAD_USER_INPUT' || problem.field !== 'password') return problem;
    setOther(true);
    return undefined;
  }

  return (
    <>
      <p>{other ? words.inviteOther : words.inviteJoin(who)}</p>
      {other ? <NewAccount accept={accept} least={least} /> : <Form label={words.accept} send={join} />}
      <p class="buttons"><button class="second" onClick={() => session.logOut()}>{words.logOut}</button></p>
    </>
  );
}

function Stranger({ accept, least }: Props) {
  const [hasAccount, setHasAccount] = useState(false);
  return (
    <>
      {hasAccount ? <LoginForm /> : <><p>{words.inviteText}</p><NewAccount accept={accept} least={least} /></>}
      <p class="buttons">
        <button class="second" onClick={() => setHasAccount(!hasAccount)}>{hasAccount ? words.inviteNew : words.inviteLogIn}</button>
      </p>
    </>
  );
}

function NewAccount({ accept, least }: Props) {
  const register = (values: Values) => accept({ password: values('password'), name: values('name') || null });
  return (
    <Form label={words.accept} fields={['name', 'password']} send={register}>
      <Field name="name" label={words.name} autoComplete="name" optional />
      <NewPassword name="password" label={words.password} least={least} />
    </Form>
  );
}
