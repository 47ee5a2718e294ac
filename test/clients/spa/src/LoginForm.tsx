import { useState, type FormEvent } from 'react';
import type { CombinedError } from 'urql';
import { ACCOUNT } from './authentication';
import { fieldOf, messageOf } from './errors';
import { Field } from './Field';
import { session } from './session';

// LoginForm logs a user in, or registers one.
export function LoginForm({ notice }: { notice?: string | undefined }) {
  const [registering, setRegistering] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<CombinedError>();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name));
    const credentials = { email: text('email'), password: text('password') };
    setBusy(true);
    setError(await (registering ? session.register({ ...credentials, name: text('name') || null }) : session.logIn(credentials)));
    setBusy(false);
  }

  function toggle() {
    setRegistering(!registering);
    setError(undefined);
  }

  const field = fieldOf(error);
  const errorFor = (name: string) => (error && field === name ? messageOf(error) : undefined);
  return (
    <main className="centred">
      <section className="card narrow">
        <img src="/icon.svg" alt="" width="44" height="44" />
        <h1>{registering ? 'Create an account' : 'Log in'}</h1>
        {notice && !error && <p className="notice" role="status">{notice}</p>}
        {error && !field && <p className="alert" role="alert">{messageOf(error)}</p>}
        <form onSubmit={submit}>
          {registering && <Field name="name" label="Name (optional)" autoComplete="name" error={errorFor('name')} />}
          <Field name="email" label="Email address" type="email" autoComplete="username" required error={errorFor('email')} />
          <Field name="password" label="Password" type="password" autoComplete={registering ? 'new-password' : 'current-password'} required error={errorFor('password')} />
          <button className="primary" disabled={busy}>{registering ? 'Register' : 'Log in'}</button>
        </form>
        {!registering && <p className="quiet"><a href={`${ACCOUNT}#forgot`}>Forgot your password?</a></p>}
        <p className="quiet">
          {registering ? 'You have an account?' : 'You don’t have an account?'}{' '}
          <button className="link" onClick={toggle}>{registering ? 'Log in instead' : 'Register'}</button>
        </p>
      </section>
    </main>
  );
}
