import { useState } from 'react';
import { useQuery } from 'urql';
import { messageOf } from './errors';
import { graphql } from './graphql';
import type { MeQuery, UsersQuery } from './graphql/graphql';

// The service says whether the user may list all users, so this page needn't know the required role
// or scope.
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
  query Users($after: String) {
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

type User = NonNullable<MeQuery['me']>;
type UserPage = NonNullable<UsersQuery['users']>;

// Users lists all users if the caller may see them, else only the caller.
export function Users() {
  const [after, setAfter] = useState<string | null>(null);
  const [me, queryMe] = useQuery({ query: Me });
  const allowed = me.data?.viewer?.can[0] ?? false;
  const [page, queryPage] = useQuery({ query: Page, variables: { after }, pause: !allowed });

  function reload() {
    queryMe({ requestPolicy: 'network-only' });
    if (allowed) queryPage({ requestPolicy: 'network-only' });
  }

  const users = allowed && page.data?.users;
  const error = me.error ?? (allowed ? page.error : undefined);
  return (
    <section className="card" aria-labelledby="users" aria-busy={me.fetching || page.fetching}>
      <div className="bar">
        <h2 id="users">Users</h2>
        <button onClick={reload}>Reload</button>
      </div>
      {error && <p className="alert" role="alert">{messageOf(error)}</p>}
      {users ? <AllUsers page={users} onPage={setAfter} /> : me.data?.me && <OwnAccount user={me.data.me} />}
    </section>
  );
}

function OwnAccount({ user }: { user: User }) {
  return (
    <>
      <p className="notice">Only administrators can list all users. This is your account.</p>
      <Table users={[user]} />
    </>
  );
}

function AllUsers({ page, onPage }: { page: UserPage; onPage: (after: string | null) => void }) {
  const { hasNextPage, hasPreviousPage, endCursor } = page.pageInfo;
  return (
    <>
      <Table users={page.nodes} />
      <div className="bar">
        <p className="quiet">{page.totalCount === 1 ? '1 account' : `${page.totalCount} accounts`}</p>
        {hasPreviousPage && <button onClick={() => onPage(null)}>First page</button>}
        {hasNextPage && <button onClick={() => onPage(endCursor)}>Next page</button>}
      </div>
    </>
  );
}

function Table({ users }: { users: User[] }) {
  return (
    <table>
      <thead>
        <tr><th scope="col">Name</th><th scope="col">Email address</th><th scope="col">Roles</th><th scope="col">Since</th></tr>
      </thead>
      <tbody>
        {users.map(({ id, email, name, roles, disabled, createdAt }) => (
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
