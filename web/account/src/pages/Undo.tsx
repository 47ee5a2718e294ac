import { useState } from 'preact/hooks';
import { Form } from '../Form';
import { UndoEmailChangeDocument } from '../graphql/graphql';
import { Heading } from '../Heading';
import { forget } from '../route';
import { session } from '../session';
import { words } from '../words/words';
import { Done } from './Done';
import type { LandingProps } from './landing';

// Undo takes a change of the email address back.
export function Undo({ proof }: LandingProps) {
  const [done, setDone] = useState(false);

  async function undo() {
    const { problem } = await session.call(UndoEmailChangeDocument, { proof });
    if (problem) return problem;
    setDone(true);
    forget();
    await session.restore();
    return undefined;
  }

  if (done) return <Done title={words.undone} text={words.undoneText} link="login" label={words.logIn} />;
  return (
    <>
      <Heading>{words.undo}</Heading>
      <p>{words.undoText}</p>
      <Form label={words.undoIt} send={undo} />
    </>
  );
}
