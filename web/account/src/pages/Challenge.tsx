import { Factor, usable } from '../Factor';
import type { Challenged } from '../challenged';
import { ChallengeDocument, type ChallengeAnswer } from '../graphql/graphql';
import { Heading } from '../Heading';
import type { Json } from '../passkey';
import { session } from '../session';
import { words } from '../words/words';

const ORDER = ['PASSKEY', 'TOTP', 'RECOVERY_CODE'] as const;

// Challenge asks for the second factor of an account, after its password or its mail was right.
export function Challenge({ challenge: { token, methods } }: { challenge: Challenged }) {
  async function begin() {
    const { data, problem } = await session.call(ChallengeDocument, { token });
    if (data?.challenge?.passkey) return { data: { options: data.challenge.passkey as Json } };
    if (!problem || problem.code === 'PROOF_INVALID') await session.giveUp('late');
    return { problem: problem! };
  }

  return (
    <>
      <Heading>{words.challenge}</Heading>
      <p>{words.challengeText}</p>
      <Factor kinds={usable(ORDER.filter((kind) => methods.includes(kind)))} answer={(given) => session.answer(token, given as Omit<ChallengeAnswer, 'token'>)} begin={begin} />
      <p class="buttons"><button class="second" onClick={() => session.giveUp()}>{words.cancel}</button></p>
    </>
  );
}
