import { useState } from 'preact/hooks';
import type { Problem } from './api';
import type { PersonFragment } from './graphql/graphql';
import { useRoute } from './route';
import { say } from './say';
import { session } from './session';
import { sentence, words } from './words/words';

// Navigation leads to the pages of a person who is logged in.
export function Navigation({ person }: { person: PersonFragment }) {
  const { page } = useRoute();
  const [problem, setProblem] = useState<Problem>();
  const security = ['security', 'password', 'forgot'].includes(page);
  const link = (name: string, title: string, current = page === name) => (
    <li><a href={`#${name}`} aria-current={current ? 'page' : undefined}>{title}</a></li>
  );

  async function logOut() {
    const failed = await session.logOut();
    setProblem(failed);
    if (!failed) say(words.loggedOut);
  }

  return (
    <header>
      <p class="who">{words.loggedInAs(person.email ?? person.name ?? person.id)}</p>
      <nav aria-label={words.pages}>
        <ul>
          {link('profile', words.profile, !security && page !== 'sessions')}
          {link('security', words.security, security)}
          {link('sessions', words.sessions)}
          <li><button class="second" onClick={logOut}>{words.logOut}</button></li>
        </ul>
      </nav>
      {problem && <p class="problem" role="alert">{sentence(problem)}</p>}
    </header>
  );
}
