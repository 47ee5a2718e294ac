import { useState } from 'preact/hooks';
import type { Problem } from '../api';
import { Field, Form, type Values } from '../Form';
import { VerifyEmailDocument, type VerifyEmailInput } from '../graphql/graphql';
import { Heading } from '../Heading';
import { forget } from '../route';
import { session } from '../session';
import { words } from '../words/words';
import { Done } from './Done';
import type { LandingProps } from './landing';

type Step = 'button' | 'password' | 'reclaim' | 'verified' | 'reclaimed';

// Verify shows that an address is its owner's. If the link is opened in another browser than it was
// asked for in, the account's password is needed, or the account is taken over.
export function Verify({ proof, state }: LandingProps) {
  const [step, setStep] = useState<Step>('button');

  async function verify(more: Omit<VerifyEmailInput, 'proof'>, next: Step): Promise<Problem | undefined> {
    const { problem } = await session.call(VerifyEmailDocument, { input: { proof, ...more } });
    if (problem?.code === 'BAD_USER_INPUT' && problem.field === 'password') {
      setStep('password');
      return undefined;
    }
    if (problem) return problem;
    setStep(next);
    forget();
    session.tell();
    await session.restore();
    return undefined;
  }

  const onward = state.phase === 'in' ? { link: 'profile', label: words.profile } : { link: 'login', label: words.logIn };
  switch (step) {
    case 'button':
      return (
        <>
          <Heading>{words.verify}</Heading>
          <p>{words.verifyText}</p>
          <Form key={step} label={words.confirm} send={() => verify({}, 'verified')} />
          <ul class="ways"><li><a href="#profile">{words.another}</a></li></ul>
        </>
      );
    case 'password':
      return <OwnPassword verify={(values) => verify({ password: values('password') }, 'verified')} notMine={() => setStep('reclaim')} />;
    case 'reclaim':
      return (
        <>
          <Heading>{words.reclaim}</Heading>
          <p>{words.reclaimText}</p>
          <Form key={step} label={words.reclaimIt} send={() => verify({ reclaim: true }, 'reclaimed')} />
          <p class="buttons"><button class="second" onClick={() => setStep('password')}>{words.cancel}</button></p>
        </>
      );
    case 'verified':
      return <Done title={words.verified} text={words.verifiedText} {...onward} />;
    case 'reclaimed':
      return <Done title={words.reclaimed} text={words.reclaimedText} link="forgot" label={words.reset} />;
  }
}

function OwnPassword({ verify, notMine }: { verify: (values: Values) => Promise<Problem | undefined>; notMine: () => void }) {
  return (
    <>
      <Heading>{words.verify}</Heading>
      <p>{words.ownPassword}</p>
      <Form label={words.confirm} send={verify}>
        <Field name="password" label={words.password} type="password" autoComplete="current-password" />
      </Form>
      <p class="buttons"><button class="second" onClick={notMine}>{words.notMine}</button></p>
    </>
  );
}
