import { useState } from 'react';
import { ACCOUNT } from './authentication';
import { messageOf } from './errors';
import type { CurrentUserFragment } from './graphql/graphql';
import { session } from './session';

export function Header({ user }: { user: CurrentUserFragment }) {
  const [failure, setFailure] = useState('');

  async function logOut() {
    const error = await session.logOut();
    if (error) setFailure(messageOf(error));
  }

  return (
    <header>
      <img src="/icon.svg" alt="" width="32" height="32" />
      <h1>Gatehouse</h1>
      <span className="who">{user.name ?? user.email}</span>
      <button onClick={logOut}>Log out</button>
      <a href={ACCOUNT}>Account</a>
      {failure && <p className="alert" role="alert">{failure}</p>}
    </header>
  );
}
