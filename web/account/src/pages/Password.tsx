import { useState } from 'preact/hooks';
import { send } from '../api';
import { Field, Form, NewPassword, Owner, type Values } from '../Form';
import { RequestPasswordResetDocument } from '../graphql/graphql';
import { Heading } from '../Heading';
import { session } from '../session';
import { locale, words } from '../words/words';
import type { OwnProps } from './own';

// Password changes the password, or sends a link for one to a person who has none or has forgotten
// it.
export function Password({ person, methods }: OwnProps) {
  const [said, setSaid] = useState('');

  async function ask() {
    const { problem } = await send(RequestPasswordResetDocument, { email: person.email ?? '', locale });
    if (!problem) setSaid(words.passwordSent);
    return problem;
  }

  return (
    <>
      <Heading>{words.password}</Heading>
      <p role="status" class={said ? 'notice' : ''}>{said}</p>
      {person.hasPassword ? <Change person={person} methods={methods} said={setSaid} /> : <p>{words.noPassword}</p>}
      {methods.passwordReset && (
        <section>
          {person.hasPassword && <h2>{words.forgot}</h2>}
          <Form label={words.sendPassword} send={ask} quiet />
        </section>
      )}
    </>
  );
}

function Change({ person, methods, said }: OwnProps & { said: (text: string) => void }) {
  const [changes, setChanges] = useState(0);

  async function change(values: Values) {
    said('');
    const problem = await session.changePassword(values('currentPassword'), values('newPassword'));
    if (problem) return problem;
    said(words.passwordChanged);
    setChanges(changes + 1);
    return undefined;
  }

  return (
    <Form key={changes} label={words.changePassword} fields={['currentPassword', 'newPassword']} send={change}>
      <Owner email={person.email} />
      <Field name="currentPassword" label={words.currentPassword} type="password" autoComplete="current-password" />
      <NewPassword name="newPassword" label={words.newPassword} least={methods.minPasswordLength} />
    </Form>
  );
}
