import { useMemo } from 'react';
import { Provider } from 'urql';
import { createApi } from './api';
import type { CurrentUserFragment } from './graphql/graphql';
import { Header } from './Header';
import { LoginForm } from './LoginForm';
import { session, useSession } from './session';
import { Sessions } from './Sessions';
import { Users } from './Users';

export function App() {
  const state = useSession();
  switch (state.phase) {
    case 'starting':
      return <p className="centred quiet" role="status">One moment …</p>;
    case 'unavailable':
      return <Unavailable />;
    case 'out':
      return <LoginForm notice={state.notice} />;
    case 'in':
      return <Home key={state.user.id} user={state.user} />;
  }
}

function Home({ user }: { user: CurrentUserFragment }) {
  const api = useMemo(() => createApi(user.id), [user.id]);
  return (
    <Provider value={api}>
      <Header user={user} />
      <main>
        <Users />
        <Sessions />
      </main>
    </Provider>
  );
}

function Unavailable() {
  return (
    <main className="centred">
      <section className="card narrow">
        <h1>The service can’t be reached</h1>
        <p className="quiet">You have not been logged out. Try again in a moment.</p>
        <button className="primary" onClick={() => session.restore()}>Try again</button>
      </section>
    </main>
  );
}
