import { useEffect, useState } from 'preact/hooks';
import { send } from './api';
import { LoginMethodsDocument, type LoginMethodsQuery } from './graphql/graphql';
import { Confirmation } from './Confirmation';
import { Heading } from './Heading';
import { Navigation } from './Navigation';
import { Challenge } from './pages/Challenge';
import { Forgot } from './pages/Forgot';
import { Invitation } from './pages/Invitation';
import { Login } from './pages/Login';
import { LoginLink } from './pages/LoginLink';
import type { OwnProps } from './pages/own';
import { Profile } from './pages/Profile';
import { Register } from './pages/Register';
import { RegisterLink } from './pages/RegisterLink';
import { Reset } from './pages/Reset';
import { Security } from './pages/Security';
import { useEnrolment } from './pages/security/enrolment';
import { Sessions } from './pages/Sessions';
import { Undo } from './pages/Undo';
import { Verify } from './pages/Verify';
import { useRoute } from './route';
import { session, type State } from './session';
import { words } from './words/words';

export type Methods = LoginMethodsQuery['loginMethods'];

// The pages that a link in a mail opens. Each sends something only if its button is pressed:
// programs that look into mails open every link, and run scripts.
const landings = { verify: Verify, undo: Undo, reset: Reset, login: LoginLink, register: RegisterLink, invite: Invitation };

const strangers = { login: Login, register: Register, forgot: Forgot };

const own = { profile: Profile, security: Security, password: Security, forgot: Security, sessions: Sessions };

const isIn = <T extends object>(key: string | number | symbol, pages: T): key is keyof T => Object.hasOwn(pages, key);

export function useSession(): State {
  const [state, setState] = useState(session.state);
  useEffect(() => {
    const update = () => setState(session.state());
    update(); // it may have changed before the effect
    return session.subscribe(update);
  }, []);
  return state;
}

export function App() {
  const state = useSession();
  const [methods, setMethods] = useState<Methods>();
  const [failed, setFailed] = useState(false);

  async function load() {
    setFailed(false);
    const { data } = await send(LoginMethodsDocument, {});
    if (data) setMethods(data.loginMethods);
    else setFailed(true);
  }
  useEffect(() => void load(), []);

  async function again() {
    await session.restore();
    await load();
  }

  if (failed || state.phase === 'unavailable') return <Unavailable again={again} />;
  if (!methods || state.phase === 'starting') return <main><p role="status">{words.wait}</p></main>;
  if (state.phase === 'challenged') return <main><Challenge key={state.challenge.token} challenge={state.challenge} /></main>;
  return <Page state={state} methods={methods} />;
}

function Page({ state, methods }: { state: State & { phase: 'in' | 'out' }; methods: Methods }) {
  const { page, proof } = useRoute();
  if (proof && isIn(page, landings)) {
    const Landing = landings[page];
    return <main><Landing key={proof} proof={proof} methods={methods} state={state} /></main>;
  }
  if (state.phase === 'out') {
    const Stranger = isIn(page, strangers) ? strangers[page] : Login;
    return <main><Stranger key={page} methods={methods} why={state.why} /></main>;
  }
  return <OwnPage page={page} person={state.person} methods={methods} />;
}

function OwnPage({ page, person, methods }: OwnProps & { page: string }) {
  useEnrolment(person, methods);
  const Own = isIn(page, own) ? own[page] : Profile;
  return (
    <>
      <Navigation person={person} />
      <main><Own key={`${page} ${person.id}`} person={person} methods={methods} /></main>
      <Confirmation person={person} />
    </>
  );
}

function Unavailable({ again }: { again: () => Promise<void> }) {
  return (
    <main>
      <Heading>{words.unavailable}</Heading>
      <p>{words.unavailableText}</p>
      <p class="buttons"><button onClick={again}>{words.again}</button></p>
    </main>
  );
}
