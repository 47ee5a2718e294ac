import { useState } from 'preact/hooks';
import { Field, Form, Owner, type Values } from '../Form';
import { ChangeEmailDocument, ChangeNameDocument, RequestEmailVerificationDocument, type PersonFragment } from '../graphql/graphql';
import { Heading } from '../Heading';
import { session } from '../session';
import { locale, words } from '../words/words';
import type { OwnProps } from './own';

// Profile shows and changes the name and the email address.
export function Profile({ person }: OwnProps) {
  return (
    <>
      <Heading>{words.profile}</Heading>
      <Name person={person} />
      <Email person={person} />
    </>
  );
}

function Name({ person }: { person: PersonFragment }) {
  const [saved, setSaved] = useState(false);

  async function save(values: Values) {
    setSaved(false);
    const { data, problem } = await session.call(ChangeNameDocument, { id: person.id, name: values('name') || null });
    if (data?.updateUser) session.learn(data.updateUser);
    setSaved(!problem);
    return problem;
  }

  return (
    <section>
      <Form label={words.saveName} fields={['name']} send={save} quiet>
        <Field name="name" label={words.name} autoComplete="name" value={person.name ?? ''} optional />
      </Form>
      <p role="status">{saved && words.nameSaved}</p>
    </section>
  );
}

function Email({ person }: { person: PersonFragment }) {
  const [said, setSaid] = useState('');

  async function change(values: Values) {
    setSaid('');
    const { data, problem } = await session.call(ChangeEmailDocument, { input: { email: values('email'), currentPassword: values('currentPassword') } });
    if (!data?.changeEmail) return problem;
    session.learn(data.changeEmail);
    if (!data.changeEmail.pendingEmail) setSaid(words.emailChanged(data.changeEmail.email ?? ''));
    return undefined;
  }

  return (
    <section>
      <h2>{words.email}</h2>
      <p>{words.addressIs(person.email ?? '')} {person.emailVerified ? words.isVerified : words.isUnverified}</p>
      {!person.emailVerified && <Verification said={setSaid} />}
      <p role="status" class={said || person.pendingEmail ? 'notice' : ''}>{said || (person.pendingEmail && words.pending(person.pendingEmail))}</p>
      {person.hasPassword ? (
        <Form key={`${person.email} ${person.pendingEmail}`} label={words.changeEmail} fields={['email', 'currentPassword']} send={change} quiet>
          <Owner email={person.email} />
          <Field name="email" label={words.newEmail} type="email" autoComplete="email" />
          <Field name="currentPassword" label={words.currentPassword} type="password" autoComplete="current-password" />
        </Form>
      ) : (
        <p>{words.noPasswordYet} <a href="#password">{words.password}</a></p>
      )}
    </section>
  );
}

function Verification({ said }: { said: (text: string) => void }) {
  async function ask() {
    const { problem } = await session.call(RequestEmailVerificationDocument, { locale });
    if (!problem) said(words.verificationSent);
    return problem;
  }

  return <Form label={words.sendVerification} send={ask} quiet />;
}
