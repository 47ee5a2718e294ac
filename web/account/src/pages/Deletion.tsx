import { Form } from '../Form';
import { DeleteAccountDocument } from '../graphql/graphql';
import { say } from '../say';
import { session } from '../session';
import { words } from '../words/words';

// Deletion deletes the account for ever.
export function Deletion() {
  async function remove() {
    const { problem } = await session.call(DeleteAccountDocument, {});
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
        <Form label={words.deleteForEver} send={remove} />
      </details>
    </section>
  );
}
