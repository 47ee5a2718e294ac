import { useMemo } from 'react';
import { Provider } from 'urql';
import { apiOf } from './api';
import { Entry } from './Entry';
import type { PersonFragment } from './graphql/graphql';
import { Header } from './Header';
import { People } from './People';
import { session, useSession } from './session';
import { Sessions } from './Sessions';

export function App() {
  const state = useSession();
  switch (state.phase) {
    case 'starting':
      return <p className="centred quiet" role="status">One moment …</p>;
    case 'away':
      return <Away />;
    case 'out':
      return <Entry notice={state.notice} />;
    case 'in':
      return <Home key={state.person.id} person={state.person} />;
  }
}

function Home({ person }: { person: PersonFragment }) {
  const api = useMemo(() => apiOf(person.id), [person.id]);
  return (
    <Provider value={api}>
      <Header person={person} />
      <main>
        <People />
        <Sessions />
      </main>
    </Provider>
  );
}

function Away() {
  return (
    <main className="centred">
      <section className="card narrow">
        <h1>The service can’t be reached</h1>
        <p className="quiet">Nobody has been logged out: try again in a moment.</p>
        <button className="primary" onClick={() => session.restore()}>Try again</button>
      </section>
    </main>
  );
}
