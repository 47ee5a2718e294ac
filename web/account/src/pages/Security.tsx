import { useEffect, useState } from 'preact/hooks';
import type { Problem } from '../api';
import { SecurityDocument, type SecurityQuery } from '../graphql/graphql';
import { Heading } from '../Heading';
import { session } from '../session';
import { sentence, words } from '../words/words';
import type { OwnProps } from './own';
import { Authenticator } from './security/Authenticator';
import { mustEnrol } from './security/enrolment';
import { Passkeys } from './security/Passkeys';
import { Password } from './security/Password';
import { RecoveryCodes } from './security/RecoveryCodes';

type Factors = NonNullable<SecurityQuery['me']>;

// Security is how a person shows who they are: the password, and the factors beside it.
export function Security({ person, methods }: OwnProps) {
  const [factors, setFactors] = useState<Factors>();
  const [problem, setProblem] = useState<Problem>();

  async function load() {
    const { data, problem: failed } = await session.call(SecurityDocument, {});
    if (data?.me) setFactors(data.me);
    setProblem(failed);
  }
  useEffect(() => void load(), []);

  // changed reads again what the account has. Its session may do more, or less, since then.
  async function changed() {
    await session.refresh();
    await load();
  }

  const { totp = false, passkeys, recoveryCodesLeft } = factors ?? {};
  const left = recoveryCodesLeft ?? 0;
  const second = methods.secondFactor !== 'OFF';
  return (
    <>
      <Heading>{words.security}</Heading>
      {factors && mustEnrol(methods, factors) && <p class="notice">{words.mustEnrol}</p>}
      {problem && <p class="problem" role="alert">{sentence(problem)}</p>}
      <Password person={person} methods={methods} />
      {factors && (methods.passkeyRpId || passkeys?.length) && <Passkeys methods={methods} passkeys={passkeys ?? []} changed={changed} />}
      {factors && (second || totp) && <Authenticator on={totp ?? false} changed={changed} />}
      {factors && (totp || passkeys?.length || left > 0) && <RecoveryCodes left={left} changed={changed} />}
    </>
  );
}
