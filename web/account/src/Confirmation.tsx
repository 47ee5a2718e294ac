// Asks the person to show once more who they are, where the service asks for it (STEP_UP_REQUIRED),
// and lets what they were doing go on.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Problem } from './api';
import { Factor, usable, type Given } from './Factor';
import type { FactorKind } from './graphql/codes';
import { BeginReauthenticationDocument, FactorsDocument, ReauthenticateDocument, type FactorsQuery, type PersonFragment } from './graphql/graphql';
import { session } from './session';
import { sentence, words } from './words/words';

interface Asked {
  problem: Problem;
  done: (confirmed: boolean) => void;
}

// Confirmation is a dialog while something waits for it, and nothing otherwise.
export function Confirmation({ person }: { person: PersonFragment }) {
  const [asked, ask] = useState<Asked>();
  const open = useRef<Asked | undefined>(undefined); // ended if the session ends
  useEffect(() => {
    session.confirm = (problem) =>
      new Promise((resolve) => {
        const done = (confirmed: boolean) => {
          open.current = undefined;
          ask(undefined);
          resolve(confirmed);
        };
        ask((open.current = { problem, done }));
      });
    return () => {
      session.confirm = async () => false;
      open.current?.done(false);
    };
  }, []);
  return asked ? <Dialog person={person} {...asked} /> : null;
}

function Dialog({ person, problem, done }: Asked & { person: PersonFragment }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  const [kinds, setKinds] = useState<FactorKind[]>();
  const [failed, setFailed] = useState<Problem>();

  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  useEffect(() => {
    void session.call(FactorsDocument, {}).then((answer) => {
      if (answer.data?.me) setKinds(usable(kindsOf(answer.data.me)));
      else setFailed(answer.problem);
    });
  }, []);

  function end(confirmed: boolean) {
    dialog.current?.close(); // gives the focus back
    done(confirmed);
  }

  async function answer(given: Given) {
    const wrong = await session.open(ReauthenticateDocument, { input: given });
    if (!wrong) end(true);
    return wrong;
  }

  async function begin() {
    const { data, problem: refused } = await session.call(BeginReauthenticationDocument, {});
    return data?.beginReauthentication ? { data: data.beginReauthentication } : { problem: refused! };
  }

  return (
    <dialog ref={dialog} aria-labelledby={title} onCancel={() => end(false)}>
      <h2 id={title} tabIndex={-1}>{words.confirmYou}</h2>
      <p>{problem.reason === 'one_factor' ? words.twoFactors : words.confirmYouText}</p>
      {failed && <p class="problem" role="alert">{sentence(failed)}</p>}
      {!kinds && !failed && <p role="status">{words.wait}</p>}
      {kinds && <Factor focus kinds={kinds} email={person.email} answer={answer} begin={begin} />}
      <p class="buttons"><button type="button" class="second" onClick={() => end(false)}>{words.cancel}</button></p>
    </dialog>
  );
}

// kindsOf returns what the service takes from an account: its second factors, if it has any.
function kindsOf({ hasPassword, totp, passkeys, recoveryCodesLeft }: NonNullable<FactorsQuery['me']>): FactorKind[] {
  const kinds: FactorKind[] = [];
  if (passkeys?.some(({ suspended }) => !suspended)) kinds.push('PASSKEY');
  if (totp) kinds.push('TOTP');
  if (kinds.length > 0 && recoveryCodesLeft) kinds.push('RECOVERY_CODE');
  if (kinds.length > 0) return kinds;
  return [hasPassword ? 'PASSWORD' : 'EMAIL_CODE'];
}
