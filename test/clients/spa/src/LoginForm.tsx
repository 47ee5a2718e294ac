import { useState, type FormEvent } from 'react';
import type { CombinedError } from 'urql';
import { Field } from './Field';
import { fieldOf, sentence } from './refusal';
import { session } from './session';

// Entry is where people log in, or register.
export function Entry({ notice }: { notice?: string | undefined }) {
  const [isNew, setNew] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<CombinedError>();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name));
    const person = { email: text('email'), password: text('password') };
    setBusy(true);
    setError(await (isNew ? session.register({ ...person, name: text('name') || null }) : session.logIn(person)));
    setBusy(false);
  }

  function turn() {
    setNew(!isNew);
    setError(undefined);
  }

  const field = fieldOf(error);
  const complaint = (name: string) => (error && field === name ? sentence(error) : undefined);
  return (
    <main className="centred">
      <section className="card narrow">
        <img src="/icon.svg" alt="" width="44" height="44" />
        <h1>{isNew ? 'Make an account' : 'Log in'}</h1>
        {notice && !error && <p className="notice" role="status">{notice}</p>}
        {error && !field && <p className="alert" role="alert">{sentence(error)}</p>}
        <form onSubmit={submit}>
          {isNew && <Field name="name" label="Name (optional)" autoComplete="name" complaint={complaint('name')} />}
          <Field name="email" label="E-mail address" type="email" autoComplete="username" required complaint={complaint('email')} />
          <Field name="password" label="Password" type="password" autoComplete={isNew ? 'new-password' : 'current-password'} required complaint={complaint('password')} />
          <button className="primary" disabled={busy}>{isNew ? 'Register' : 'Log in'}</button>
        </form>
        <p className="quiet">
          {isNew ? 'You have an account?' : 'You have no account?'}{' '}
          <button className="link" onClick={turn}>{isNew ? 'Log in instead' : 'Register'}</button>
        </p>
      </section>
    </main>
  );
}
