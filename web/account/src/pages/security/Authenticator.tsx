import { useState } from 'preact/hooks';
import { Field, Form, type Values } from '../../Form';
import { BeginTotpDocument, ConfirmTotpDocument, DeleteTotpDocument, type BeginTotpMutation } from '../../graphql/graphql';
import { Qr } from '../../Qr';
import { session } from '../../session';
import { Status, type Said } from '../../Status';
import { words } from '../../words/words';

type Secret = NonNullable<BeginTotpMutation['beginTotp']>;

// Authenticator sets up an app that makes codes (RFC 6238), and removes it.
export function Authenticator({ on, changed }: { on: boolean; changed: () => Promise<void> }) {
  const [secret, setSecret] = useState<Secret>();
  const [said, say] = useState<Said>();

  async function begin() {
    say(undefined);
    const { data, problem } = await session.call(BeginTotpDocument, {});
    if (data?.beginTotp) setSecret(data.beginTotp);
    return problem;
  }

  async function confirm(values: Values) {
    const { problem } = await session.call(ConfirmTotpDocument, { input: { proof: secret!.proof, code: values('totp').replace(/\s/g, '') } });
    if (problem) return problem;
    await done(words.totpOn);
    return undefined;
  }

  async function remove() {
    say(undefined);
    const { problem } = await session.call(DeleteTotpDocument, {});
    if (!problem) await done(words.totpOff);
    return problem;
  }

  async function done(text: string) {
    setSecret(undefined);
    await changed();
    say({ text });
  }

  return (
    <section>
      <h2>{words.authenticator}</h2>
      <p>{on ? words.hasTotp : words.authenticatorText}</p>
      <Status said={said} />
      {on && <Removal remove={remove} />}
      {!on && !secret && <Form label={words.setUpTotp} send={begin} quiet />}
      {!on && secret && <Enrolment secret={secret} confirm={confirm} cancel={() => setSecret(undefined)} />}
    </section>
  );
}

function Removal({ remove }: { remove: () => ReturnType<Parameters<typeof Form>[0]['send']> }) {
  return (
    <details>
      <summary>{words.removeTotp}</summary>
      <p>{words.removeTotpText}</p>
      <Form label={words.removeTotp} send={remove} />
    </details>
  );
}

interface EnrolmentProps {
  secret: Secret;
  confirm: Parameters<typeof Form>[0]['send'];
  cancel: () => void;
}

// Enrolment shows the secret, as a picture and as text, and asks for the first code.
function Enrolment({ secret, confirm, cancel }: EnrolmentProps) {
  return (
    <>
      <p>{words.scan}</p>
      <Qr text={secret.uri} label={words.qr} />
      <p>{words.typeSecret} <code class="secret">{secret.secret.match(/.{1,4}/g)?.join(' ')}</code></p>
      <Form label={words.confirmTotp} fields={['totp']} send={confirm} focus>
        <Field name="totp" label={words.totp} type="code" autoComplete="one-time-code" hint={words.totpHint} />
      </Form>
      <p class="buttons"><button class="second" onClick={cancel}>{words.cancel}</button></p>
    </>
  );
}
