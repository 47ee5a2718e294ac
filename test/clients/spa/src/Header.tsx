import { useState } from 'react';
import type { PersonFragment } from './graphql/graphql';
import { sentence } from './refusal';
import { session } from './session';

export function Header({ person }: { person: PersonFragment }) {
  const [failure, setFailure] = useState('');

  async function logOut() {
    const error = await session.logOut();
    if (error) setFailure(sentence(error));
  }

  return (
    <header>
      <img src="/icon.svg" alt="" width="32" height="32" />
      <h1>Gatehouse</h1>
      <span className="who">{person.name ?? person.email}</span>
      <button onClick={logOut}>Log out</button>
      {failure && <p className="alert" role="alert">{failure}</p>}
    </header>
  );
}
