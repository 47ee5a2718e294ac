import { useState } from 'preact/hooks';
import { send } from '../../api';
import { Form, NewPassword, Owner, type Values } from '../../Form';
import { RequestPasswordResetDocument } from '../../graphql/graphql';
import { session } from '../../session';
import { Status, type Said } from '../../Status';
import { locale, words } from '../../words/words';
import type { OwnProps } from '../own';

// Password changes the password, or sends a link for one to a person who has none or has forgotten
// it.
export function Password({ person, methods }: OwnProps) {
  const [said, say] = useState<Said>();
  const [changes, setChanges] = useState(0);

  async function change(values: Values) {
    say(undefined);
    const problem = await session.changePassword(values('newPassword'));
    if (problem) return problem;
    say({ text: words.passwordChanged });
    setChanges(changes + 1);
    return undefined;
  }

  async function ask() {
    const { problem } = await send(RequestPasswordResetDocument, { email: person.email ?? '', locale });
    if (!problem) say({ text: words.passwordSent });
    return problem;
  }

  return (
    <section>
      <h2>{words.password}</h2>
      <Status said={said} />
      {person.hasPassword ? (
        <Form key={changes} label={words.changePassword} fields={['newPassword']} send={change} quiet>
          <Owner email={person.email} />
          <NewPassword name="newPassword" label={words.newPassword} least={methods.minPasswordLength} />
        </Form>
      ) : (
        <p>{words.noPassword}</p>
      )}
      {methods.passwordReset && (
        <>
          {person.hasPassword && <h3>{words.forgot}</h3>}
          <Form label={words.sendPassword} send={ask} quiet />
        </>
      )}
    </section>
  );
}
