import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Heading } from '../Heading';
import { supported } from '../passkey';
import { sentence, words } from '../words/words';
import { useAutofill, type Autofill } from './autofill';
import { LoginByMail } from './LoginByMail';
import { LoginByPasskey } from './LoginByPasskey';
import { LoginForm } from './LoginForm';
import type { StrangerProps } from './stranger';
import { waiting } from './waiting';

// Login offers the ways to log in, and leads to the other pages for strangers.
export function Login({ methods, why }: StrangerProps) {
  const both = methods.password && methods.email;
  const [byMail, setByMail] = useState(methods.email && (!methods.password || waiting() !== undefined));
  const passkeys = methods.passkey && supported;
  const autofill = useAutofill(passkeys);
  const notice = why && <p class="notice" role="status">{why === 'ended' ? words.ended : words.late}</p>;
  return (
    <>
      {byMail ? <LoginByMail notice={notice} /> : <PasswordLogin notice={notice} offered={methods.password} autofill={passkeys ? autofill : undefined} />}
      {passkeys && autofill.problem && <p class="problem" role="alert">{sentence({ ...autofill.problem, field: 'passkey' })}</p>}
      {passkeys && <LoginByPasskey autofill={autofill} first={!methods.password && !methods.email} />}
      {both && <p class="buttons"><button class="second" onClick={() => setByMail(!byMail)}>{byMail ? words.byPassword : words.byMail}</button></p>}
      <ul class="ways">
        {methods.passwordReset && !byMail && <li><a href="#forgot">{words.forgot}</a></li>}
        {(methods.registration === 'OPEN' || methods.registration === 'BY_EMAIL') && <li>{words.noAccount} <a href="#register">{words.register}</a></li>}
      </ul>
    </>
  );
}

function PasswordLogin({ notice, offered, autofill }: { notice: ComponentChildren; offered: boolean; autofill: Autofill | undefined }) {
  return (
    <>
      <Heading>{words.logIn}</Heading>
      {notice}
      {offered && <LoginForm autofill={autofill} />}
    </>
  );
}
