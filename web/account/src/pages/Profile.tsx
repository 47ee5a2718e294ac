import { useEffect, useRef, useState } from 'preact/hooks';
import { Field, Form, type Values } from '../Form';
import { ChangeEmailDocument, ChangeNameDocument, RequestEmailVerificationDocument, type PersonFragment } from '../graphql/graphql';
import { Heading } from '../Heading';
import { rename } from '../passkey';
import { session } from '../session';
import { Status, type Said } from '../Status';
import { locale, words } from '../words/words';
import { Deletion } from './Deletion';
import type { OwnProps } from './own';

// Profile shows and changes the name and the email address. A person comes back to it from their
// mails, where they may have opened a link on another device: then it looks again.
export function Profile({ person, methods }: OwnProps) {
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') void session.reload();
    };
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  const { id, email, name } = person;
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else if (methods.passkeyRpId) void rename(methods.passkeyRpId, id, email ?? '', name ?? email ?? '');
  }, [email, name]);
  return (
    <>
      <Heading>{words.profile}</Heading>
      <Name person={person} />
      <Email person={person} mails={methods.passwordReset || methods.email} />
      <Deletion />
    </>
  );
}

function Name({ person }: { person: PersonFragment }) {
  const [said, say] = useState<Said>();

  async function save(values: Values) {
    say(undefined);
    const { data, problem } = await session.call(ChangeNameDocument, { id: person.id, name: values('name') || null });
    if (!data?.updateUser) return problem;
    session.learn(data.updateUser);
    say({ text: words.nameSaved });
    return undefined;
  }

  return (
    <section>
      <Form label={words.saveName} fields={['name']} send={save} quiet>
        <Field name="name" label={words.name} autoComplete="name" value={person.name ?? ''} optional />
      </Form>
      <Status said={said} />
    </section>
  );
}

// mails says whether the service sends any.
function Email({ person, mails }: { person: PersonFragment; mails: boolean }) {
  const [said, say] = useState<Said>();

  async function change(values: Values) {
    say(undefined);
    const { data, problem } = await session.call(ChangeEmailDocument, { input: { email: values('email') } });
    if (!data?.changeEmail) return problem;
    const { email, pendingEmail } = data.changeEmail;
    session.learn(data.changeEmail);
    say({ text: pendingEmail ? words.changeSent(pendingEmail) : words.emailChanged(email ?? '') });
    return undefined;
  }

  return (
    <section>
      <h2>{words.email}</h2>
      <p>{words.addressIs(person.email ?? '')} {person.emailVerified ? words.isVerified : words.isUnverified}</p>
      {person.pendingEmail && <p>{words.pending(person.pendingEmail)}</p>}
      <Status said={said} />
      {mails && !person.emailVerified && <Verification say={say} />}
      <Form key={`${person.email} ${person.pendingEmail}`} label={words.changeEmail} fields={['email']} send={change} quiet>
        <Field name="email" label={words.newEmail} type="email" autoComplete="email" />
      </Form>
    </section>
  );
}

function Verification({ say }: { say: (said: Said) => void }) {
  async function ask() {
    const { problem } = await session.call(RequestEmailVerificationDocument, { locale });
    if (!problem) say({ text: words.verificationSent });
    return problem;
  }

  return <Form label={words.sendVerification} send={ask} quiet />;
}
