import { useEffect, useState } from 'preact/hooks';
import type { Problem } from '../api';
import { Form } from '../Form';
import { EndOtherSessionsDocument, EndSessionDocument, SessionsDocument, type SessionsQuery } from '../graphql/graphql';
import { Heading } from '../Heading';
import { moment } from '../moment';
import { session } from '../session';
import { Status, type Said } from '../Status';
import { sentence, words } from '../words/words';

type Login = NonNullable<NonNullable<SessionsQuery['me']>['sessions']>[number];

// Sessions shows where a person is logged in, and ends what they don't know.
export function Sessions() {
  const [sessions, setSessions] = useState<Login[]>();
  const [problem, setProblem] = useState<Problem>();
  const [said, say] = useState<Said>();

  async function load() {
    const { data, problem: failed } = await session.call(SessionsDocument, {});
    if (data) setSessions(data.me?.sessions ?? []);
    setProblem(failed);
  }
  useEffect(() => void load(), []);

  async function after(text: string) {
    await load();
    say({ text });
  }

  async function end({ id, device }: Login) {
    const { problem: failed } = await session.call(EndSessionDocument, { id });
    if (!failed) await after(words.endedOne(device));
    return failed;
  }

  async function endOthers() {
    const { data, problem: failed } = await session.call(EndOtherSessionsDocument, {});
    if (data) await after(words.endedOthers(data.revokeOtherSessions ?? 0));
    return failed;
  }

  const others = sessions?.some(({ current }) => !current);
  return (
    <>
      <Heading>{words.sessions}</Heading>
      <p>{words.sessionsText}</p>
      <Status said={said} />
      {problem && <p class="problem" role="alert">{sentence(problem)}</p>}
      <ul class="sessions">{sessions?.map((login) => <One key={login.id} login={login} end={() => end(login)} />)}</ul>
      {sessions && (others ? <Form label={words.endOthers} send={endOthers} quiet /> : <p>{words.onlyOne}</p>)}
    </>
  );
}

function One({ login, end }: { login: Login; end: () => Promise<Problem | undefined> }) {
  const [problem, setProblem] = useState<Problem>();
  const { device, ip, lastUsedAt, createdAt, current } = login;
  return (
    <li>
      <div>
        <strong>{device}</strong>{current && <span class="mark"> {words.thisOne}</span>}
        <p class="hint">{ip}. {words.lastUsed(moment(lastUsedAt))}. {words.since(moment(createdAt))}.</p>
        {problem && <p class="problem" role="alert">{sentence(problem)}</p>}
      </div>
      {!current && <button class="second" aria-label={words.endOf(device, ip)} onClick={async () => setProblem(await end())}>{words.end}</button>}
    </li>
  );
}
