import { Field, Form, NewPassword, type Values } from '../Form';
import { FinishRegistrationDocument } from '../graphql/graphql';
import { Heading } from '../Heading';
import { go } from '../route';
import { session } from '../session';
import { words } from '../words/words';
import type { LandingProps } from './landing';

// RegisterLink makes the account of an address that its owner has shown to be theirs.
export function RegisterLink({ proof, methods }: LandingProps) {
  async function register(values: Values) {
    const problem = await session.open(FinishRegistrationDocument, { input: { proof, password: values('password'), name: values('name') || null } });
    if (!problem) go('profile');
    return problem;
  }

  return (
    <>
      <Heading>{words.registerLink}</Heading>
      <p>{words.registerLinkText}</p>
      <Form label={words.register} fields={['name', 'password']} send={register}>
        <Field name="name" label={words.name} autoComplete="name" optional />
        <NewPassword name="password" label={words.password} least={methods.minPasswordLength} />
      </Form>
      <ul class="ways"><li><a href="#register">{words.another}</a></li></ul>
    </>
  );
}
