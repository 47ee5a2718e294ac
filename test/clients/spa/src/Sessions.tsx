import { useMutation, useQuery } from 'urql';
import { graphql } from './graphql';
import type { SessionsQuery } from './graphql/graphql';
import { sentence } from './refusal';

const List = graphql(`
  query Sessions {
    me {
      id
      sessions {
        id
        device
        ip
        lastUsedAt
        current
      }
    }
  }
`);

const Revoke = graphql(`
  mutation Revoke($id: ID!) {
    revokeSession(id: $id)
  }
`);

const RevokeOthers = graphql(`
  mutation RevokeOthers {
    revokeOtherSessions
  }
`);

type Login = NonNullable<NonNullable<SessionsQuery['me']>['sessions']>[number];

// What these mutations answer does not say that sessions have changed: the cache is told.
const changes = { additionalTypenames: ['Session'] };

// Sessions is where the person is logged in, and lets them log out elsewhere.
export function Sessions() {
  const [list, ask] = useQuery({ query: List });
  const [one, revoke] = useMutation(Revoke);
  const [others, revokeOthers] = useMutation(RevokeOthers);

  const logins = list.data?.me?.sessions ?? [];
  const error = list.error ?? one.error ?? others.error;
  return (
    <section className="card" aria-labelledby="sessions" aria-busy={list.fetching}>
      <div className="bar">
        <h2 id="sessions">Where you are logged in</h2>
        <button onClick={() => ask({ requestPolicy: 'network-only' })}>Reload</button>
      </div>
      {error && <p className="alert" role="alert">{sentence(error)}</p>}
      <ul>
        {logins.map((login) => <Row key={login.id} login={login} onLogOut={() => revoke({ id: login.id }, changes)} />)}
      </ul>
      {logins.length > 1 && <button className="danger" onClick={() => revokeOthers({}, changes)}>Log out elsewhere</button>}
    </section>
  );
}

function Row({ login: { device, ip, lastUsedAt, current }, onLogOut }: { login: Login; onLogOut: () => void }) {
  return (
    <li>
      <div>
        <strong>{device}</strong> {current && <span className="chip">this one</span>}
        <p className="quiet">{ip}, last used <time dateTime={lastUsedAt}>{new Date(lastUsedAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}</time></p>
      </div>
      {!current && <button onClick={onLogOut} aria-label={`Log out ${device}`}>Log out</button>}
    </li>
  );
}
