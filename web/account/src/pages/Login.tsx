import { useState } from 'preact/hooks';
import { Heading } from '../Heading';
import { words } from '../words/words';
import { LoginByMail } from './LoginByMail';
import { LoginForm } from './LoginForm';
import type { StrangerProps } from './stranger';
import { waiting } from './waiting';

// Login offers the ways to log in, and leads to the other pages for strangers.
export function Login({ methods, ended }: StrangerProps) {
  const both = methods.password && methods.email;
  const [byMail, setByMail] = useState(methods.email && (!methods.password || waiting() !== undefined));
  return (
    <>
      {byMail ? <LoginByMail /> : <PasswordLogin ended={ended} offered={methods.password} />}
      {both && <p class="buttons"><button class="second" onClick={() => setByMail(!byMail)}>{byMail ? words.byPassword : words.byMail}</button></p>}
      <ul class="ways">
        {methods.passwordReset && !byMail && <li><a href="#forgot">{words.forgot}</a></li>}
        {(methods.registration === 'OPEN' || methods.registration === 'BY_EMAIL') && <li>{words.noAccount} <a href="#register">{words.register}</a></li>}
      </ul>
    </>
  );
}

function PasswordLogin({ ended, offered }: { ended: boolean; offered: boolean }) {
  return (
    <>
      <Heading>{words.logIn}</Heading>
      {ended && <p class="notice" role="status">{words.ended}</p>}
      {offered && <LoginForm />}
    </>
  );
}
