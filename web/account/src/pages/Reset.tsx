import { useState } from 'preact/hooks';
import { Form, NewPassword, type Values } from '../Form';
import { ResetPasswordDocument } from '../graphql/graphql';
import { Heading } from '../Heading';
import { forget } from '../route';
import { session } from '../session';
import { words } from '../words/words';
import { Done } from './Done';
import type { LandingProps } from './landing';

// Reset sets a new password. That ends all sessions, also the one of this browser if it is of the
// same account.
export function Reset({ proof, methods }: LandingProps) {
  const [done, setDone] = useState(false);

  async function choose(values: Values) {
    const { problem } = await session.call(ResetPasswordDocument, { input: { proof, newPassword: values('newPassword') } });
    if (problem) return problem;
    setDone(true);
    forget();
    await session.restore();
    return undefined;
  }

  if (done) return <Done title={words.resetDone} text={words.resetDoneText} link="login" label={words.logIn} />;
  return (
    <>
      <Heading>{words.reset}</Heading>
      <p>{words.resetText}</p>
      <Form label={words.changePassword} fields={['newPassword']} send={choose}>
        <NewPassword name="newPassword" label={words.newPassword} least={methods.minPasswordLength} />
      </Form>
      <ul class="ways"><li><a href="#forgot">{words.another}</a></li></ul>
    </>
  );
}
