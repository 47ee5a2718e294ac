import { useState } from 'react';
import { useQuery } from 'urql';
import { graphql } from './graphql';
import type { MeQuery, PeopleQuery } from './graphql/graphql';
import { sentence } from './refusal';

// The service says whether the person may list everybody, so that this page need not know which role or scope it takes.
const Me = graphql(`
  query Me {
    viewer {
      can(coordinates: ["Query.users"])
    }
    me {
      ...Row
    }
  }
`);

const Page = graphql(`
  query People($after: String) {
    users(first: 10, after: $after) {
      totalCount
      nodes {
        ...Row
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        endCursor
      }
    }
  }
`);

graphql(`
  fragment Row on User {
    id
    email
    name
    roles
    disabled
    createdAt
  }
`);

type Person = NonNullable<MeQuery['me']>;
type Users = NonNullable<PeopleQuery['users']>;

// People is everybody to those who may see everybody, and themselves to others.
export function People() {
  const [after, setAfter] = useState<string | null>(null);
  const [me, askMe] = useQuery({ query: Me });
  const may = me.data?.viewer?.can[0] ?? false;
  const [page, askPage] = useQuery({ query: Page, variables: { after }, pause: !may });

  function reload() {
    askMe({ requestPolicy: 'network-only' });
    if (may) askPage({ requestPolicy: 'network-only' });
  }

  const users = may && page.data?.users;
  const error = me.error ?? (may ? page.error : undefined);
  return (
    <section className="card" aria-labelledby="people" aria-busy={me.fetching || page.fetching}>
      <div className="bar">
        <h2 id="people">People</h2>
        <button onClick={reload}>Reload</button>
      </div>
      {error && <p className="alert" role="alert">{sentence(error)}</p>}
      {users ? <Everybody users={users} onPage={setAfter} /> : me.data?.me && <Myself me={me.data.me} />}
    </section>
  );
}

function Myself({ me }: { me: Person }) {
  return (
    <>
      <p className="notice">The list of everybody is for administrators. This is what it says of you.</p>
      <Table people={[me]} />
    </>
  );
}

function Everybody({ users, onPage }: { users: Users; onPage: (after: string | null) => void }) {
  const { hasNextPage, hasPreviousPage, endCursor } = users.pageInfo;
  return (
    <>
      <Table people={users.nodes} />
      <div className="bar">
        <p className="quiet">{users.totalCount === 1 ? '1 account' : `${users.totalCount} accounts`}</p>
        {hasPreviousPage && <button onClick={() => onPage(null)}>First page</button>}
        {hasNextPage && <button onClick={() => onPage(endCursor)}>Next page</button>}
      </div>
    </>
  );
}

function Table({ people }: { people: Person[] }) {
  return (
    <table>
      <thead>
        <tr><th scope="col">Name</th><th scope="col">E-mail address</th><th scope="col">Roles</th><th scope="col">Since</th></tr>
      </thead>
      <tbody>
        {people.map(({ id, email, name, roles, disabled, createdAt }) => (
          <tr key={id}>
            <td>{name ?? <span className="quiet">no name</span>}</td>
            <td>{email}</td>
            <td>{roles.map((role) => <span className="chip" key={role}>{role}</span>)}{disabled && <span className="chip">disabled</span>}</td>
            <td><time dateTime={createdAt}>{new Date(createdAt).toLocaleDateString(undefined, { dateStyle: 'medium' })}</time></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
