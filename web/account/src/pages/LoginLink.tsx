import { Form } from '../Form';
import { LogInByEmailDocument } from '../graphql/graphql';
import { Heading } from '../Heading';
import { go } from '../route';
import { session } from '../session';
import { words } from '../words/words';
import type { LandingProps } from './landing';
import { keep } from './waiting';

// LoginLink logs in with a link. It says as whom the browser is logged in already.
export function LoginLink({ proof, state }: LandingProps) {
  async function logIn() {
    const problem = await session.open(LogInByEmailDocument, { input: { proof } });
    if (problem) return problem;
    keep(undefined);
    go('profile');
    return undefined;
  }

  return (
    <>
      <Heading>{words.loginLink}</Heading>
      {state.phase === 'in' && <p>{words.loggedInAs(state.person.email ?? state.person.id)}</p>}
      <p>{words.loginLinkText}</p>
      <Form label={words.logIn} send={logIn} />
      <ul class="ways"><li><a href="#login">{words.another}</a></li></ul>
    </>
  );
}
