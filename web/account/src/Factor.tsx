// What people give to show who they are: one thing at a time, with buttons for the others.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { send, type Answer, type Problem } from './api';
import { Field, Form, Owner, type Values } from './Form';
import type { FactorKind } from './graphql/codes';
import { RequestLoginDocument } from './graphql/graphql';
import { supported, use, type Json } from './passkey';
import { locale, words } from './words/words';

// Given is one answer, as the service takes it.
export type Given =
  | { password: string }
  | { totp: string }
  | { recoveryCode: string }
  | { passkey: Json; ceremony?: string }
  | { request: string; code: string };

interface FactorProps {
  kinds: FactorKind[]; // in the order in which they are offered
  focus?: boolean; // whether to begin with the focus in the form
  email?: string | null | undefined;
  answer: (given: Given) => Promise<Problem | undefined>;
  begin: () => Promise<Answer<{ options: Json; ceremony?: string }>>; // the options for a passkey
}

// usable leaves out what this browser can't give.
export const usable = (kinds: FactorKind[]): FactorKind[] => kinds.filter((kind) => kind !== 'PASSKEY' || supported);

// Factor asks for one of the kinds.
export function Factor({ kinds, focus = false, ...ask }: FactorProps) {
  const [chosen, choose] = useState<FactorKind>();
  const kind = chosen ?? kinds[0];
  if (!kind) return <p>{words.noFactor}</p>;
  const Ask = forms[kind];
  return (
    <>
      <Ask key={kind} focus={focus || chosen !== undefined} {...ask} />
      {kinds.length > 1 && (
        <ul class="ways" aria-label={words.otherWays}>
          {kinds.filter((other) => other !== kind).map((other) => <li key={other}><button class="link" onClick={() => choose(other)}>{words.ways[other]}</button></li>)}
        </ul>
      )}
    </>
  );
}

type AskProps = Omit<FactorProps, 'kinds' | 'focus'> & { focus: boolean };

const forms: Record<FactorKind, (props: AskProps) => JSX.Element> = { PASSWORD: Password, TOTP: Totp, RECOVERY_CODE: RecoveryCode, PASSKEY: Passkey, EMAIL_CODE: Mail };

function Password({ answer, email, focus }: AskProps) {
  return (
    <Form label={words.goOn} fields={['currentPassword']} focus={focus} send={(values) => answer({ password: values('currentPassword') })}>
      <Owner email={email} />
      <Field name="currentPassword" label={words.currentPassword} type="password" autoComplete="current-password" />
    </Form>
  );
}

function Totp({ answer, focus }: AskProps) {
  return (
    <Form label={words.goOn} fields={['totp']} focus={focus} send={(values) => answer({ totp: values('totp').replace(/\s/g, '') })}>
      <Field name="totp" label={words.totp} type="code" autoComplete="one-time-code" hint={words.totpHint} />
    </Form>
  );
}

function RecoveryCode({ answer, focus }: AskProps) {
  return (
    <Form label={words.goOn} fields={['recoveryCode']} focus={focus} send={(values) => answer({ recoveryCode: values('recoveryCode') })}>
      <Field name="recoveryCode" label={words.recoveryCode} autoComplete="off" hint={words.recoveryCodeHint} />
    </Form>
  );
}

function Passkey({ answer, begin, focus }: AskProps) {
  async function ask() {
    const begun = await begin();
    if (!begun.data) return begun.problem;
    const { options, ...ceremony } = begun.data;
    const { data: passkey, problem } = await use(options);
    return passkey ? answer({ passkey, ...ceremony }) : problem;
  }

  return <><p>{words.passkeyText}</p><Form label={words.usePasskey} fields={['passkey']} focus={focus} send={ask} /></>;
}

// Mail sends a code, and asks for it.
function Mail({ answer, email, focus }: AskProps) {
  const [request, setRequest] = useState<string>();

  async function ask() {
    const { data, problem } = await send(RequestLoginDocument, { email: email ?? '', locale });
    if (data?.requestLogin) setRequest(data.requestLogin.request);
    return problem;
  }

  const enter = (values: Values) =>
    answer({ request: request ?? '', code: values('code').replace(/\D/g, '') });

  if (!request) return <><p>{words.codeText(email ?? '')}</p><Form key="ask" label={words.sendCode} focus={focus} send={ask} /></>;
  return (
    <Form key="enter" label={words.goOn} focus send={enter}>
      <Field name="code" label={words.code} type="code" autoComplete="one-time-code" hint={words.spam} />
    </Form>
  );
}
