import { useMutation, useQuery } from 'urql';
import { messageOf } from './errors';
import { graphql } from './graphql';
import type { SessionsQuery } from './graphql/graphql';

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

type SessionItem = NonNullable<NonNullable<SessionsQuery['me']>['sessions']>[number];

// The answers of these mutations don't say that sessions have changed, so we tell the cache.
const context = { additionalTypenames: ['Session'] };

// Sessions lists where the user is logged in, and logs them out elsewhere.
export function Sessions() {
  const [list, query] = useQuery({ query: List });
  const [one, revoke] = useMutation(Revoke);
  const [others, revokeOthers] = useMutation(RevokeOthers);

  const sessions = list.data?.me?.sessions ?? [];
  const error = list.error ?? one.error ?? others.error;
  return (
    <section className="card" aria-labelledby="sessions" aria-busy={list.fetching}>
      <div className="bar">
        <h2 id="sessions">Where you are logged in</h2>
        <button onClick={() => query({ requestPolicy: 'network-only' })}>Reload</button>
      </div>
      {error && <p className="alert" role="alert">{messageOf(error)}</p>}
      <ul>
        {sessions.map((session) => <Row key={session.id} session={session} onLogOut={() => revoke({ id: session.id }, context)} />)}
      </ul>
      {sessions.length > 1 && <button className="danger" onClick={() => revokeOthers({}, context)}>Log out elsewhere</button>}
    </section>
  );
}

function Row({ session: { device, ip, lastUsedAt, current }, onLogOut }: { session: SessionItem; onLogOut: () => void }) {
  return (
    <li>
      <div>
        <strong>{device}</strong> {current && <span className="chip">this session</span>}
        <p className="quiet">{ip}, last used <time dateTime={lastUsedAt}>{new Date(lastUsedAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}</time></p>
      </div>
      {!current && <button onClick={onLogOut} aria-label={`Log out ${device}`}>Log out</button>}
    </li>
  );
}
