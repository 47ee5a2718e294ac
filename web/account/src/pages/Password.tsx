import { useState } from 'preact/hooks';
import { send } from '../api';
import { Field, Form, NewPassword, Owner, type Values } from '../Form';
import { RequestPasswordResetDocument } from '../graphql/graphql';
import { Heading } from '../Heading';
import { session } from '../session';
import { Status, type Said } from '../Status';
import { locale, words } from '../words/words';
import type { OwnProps } from './own';

// Password changes the password, or sends a link for one to a person who has none or has forgotten
// it.
export function Password({ person, methods }: OwnProps) {
  const [said, say] = useState<Said>();

  async function ask() {
    const { problem } = await send(RequestPasswordResetDocument, { email: person.email ?? '', locale });
    if (!problem) say({ text: words.passwordSent });
    return problem;
  }

  return (
    <>
      <Heading>{words.password}</Heading>
      <Status said={said} />
      {person.hasPassword ? <Change person={person} methods={methods} say={say} /> : <p>{words.noPassword}</p>}
      {methods.passwordReset && (
        <section>
          {person.hasPassword && <h2>{words.forgot}</h2>}
          <Form label={words.sendPassword} send={ask} quiet />
        </section>
      )}
    </>
  );
}

function Change({ person, methods, say }: OwnProps & { say: (said?: Said) => void }) {
  const [changes, setChanges] = useState(0);

  async function change(values: Values) {
    say(undefined);
    const problem = await session.changePassword(values('currentPassword'), values('newPassword'));
    if (problem) return problem;
    say({ text: words.passwordChanged });
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
