import { Field, Form, Owner, type Values } from '../Form';
import { DeleteAccountDocument, type PersonFragment } from '../graphql/graphql';
import { say } from '../say';
import { session } from '../session';
import { words } from '../words/words';

// Deletion deletes the account for ever.
export function Deletion({ person }: { person: PersonFragment }) {
  async function remove(values: Values) {
    const { problem } = await session.call(DeleteAccountDocument, { currentPassword: values('currentPassword') });
    if (problem) return problem;
    session.close();
    session.tell();
    say(words.deleted);
    return undefined;
  }

  return (
    <section>
      <details>
        <summary>{words.deleteAccount}</summary>
        <p>{words.deleteText}</p>
        <Form label={words.deleteForEver} fields={['currentPassword']} send={remove}>
          <Owner email={person.email} />
          <Field name="currentPassword" label={words.currentPassword} type="password" autoComplete="current-password" />
        </Form>
      </details>
    </section>
  );
}
