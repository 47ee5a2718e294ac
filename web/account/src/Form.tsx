import { createContext, type ComponentChildren } from 'preact';
import { useContext, useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Problem } from './api';
import { sentence, words } from './words/words';

// The problem of the form around a field.
const Problems = createContext<Problem | undefined>(undefined);

// Values are what was entered, by the names of the fields.
export type Values = (name: string) => string;

// Of these fields a form has one at most. If the service finds a credential wrong, it is that.
const SECRETS = ['currentPassword', 'totp', 'recoveryCode', 'passkey'];

interface FormProps {
  label: string; // of the button
  send: (values: Values) => Promise<Problem | undefined>;
  fields?: string[]; // those that show a problem of theirs themselves
  children?: ComponentChildren;
  quiet?: boolean; // whether the button is not the first thing to do
  focus?: boolean; // whether the form takes the focus when it appears
}

// Form sends what was entered when its button is pressed, and shows what went wrong: beside the
// field, or above the button.
export function Form({ label, send, fields = [], children, quiet = false, focus = false }: FormProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const form = useRef<HTMLFormElement>(null);
  const gone = useRef(false);
  useEffect(() => () => void (gone.current = true), []);
  useEffect(() => {
    if (focus) form.current?.querySelector<HTMLElement>('input:not(.visually-hidden), button')?.focus();
  }, []);
  useEffect(() => {
    const invalid = form.current?.querySelector<HTMLInputElement>('[aria-invalid=true]');
    invalid?.focus();
    if (invalid?.inputMode === 'numeric') invalid.select(); // another code is typed anew
  }, [problem]);

  async function submit(event: Event) {
    event.preventDefault();
    if (busy) return;
    const data = new FormData(form.current!);
    setBusy(true);
    const failed = await send((name) => String(data.get(name) ?? ''));
    if (gone.current) return;
    setBusy(false);
    const secret = failed?.code === 'INVALID_CREDENTIALS' ? SECRETS.find((name) => fields.includes(name)) : undefined;
    setProblem(failed && secret ? { ...failed, field: secret } : failed);
  }

  const own = problem?.field !== undefined && problem.field !== 'passkey' && fields.includes(problem.field);
  return (
    <form ref={form} onSubmit={submit}>
      <Problems.Provider value={own ? problem : undefined}>{children}</Problems.Provider>
      {problem && !own && <p class="problem" role="alert">{sentence(problem)}</p>}
      <p class="buttons"><button class={quiet ? 'second' : ''} aria-disabled={busy}>{busy ? words.wait : label}</button></p>
    </form>
  );
}

interface FieldProps {
  name: string;
  label: string;
  autoComplete: string;
  type?: 'text' | 'email' | 'code' | 'password';
  value?: string;
  hint?: string;
  optional?: boolean;
}

// Field is an input with its label, a hint and what is wrong with it.
export function Field({ name, label, autoComplete, type = 'text', value = '', hint, optional = false }: FieldProps) {
  const id = useId();
  const problem = useContext(Problems);
  const wrong = problem?.field === name ? sentence(problem) : undefined;
  const [shown, setShown] = useState(false);
  const kind = (type === 'password' && !shown ? 'password' : 'text') as 'text'; // the types of Preact know no other that changes
  const about = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}{optional && <span class="quiet"> {words.optional}</span>}</label>
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
      <input
        id={id}
        name={name}
        type={kind}
        inputMode={type === 'email' ? 'email' : type === 'code' ? 'numeric' : undefined}
        autoComplete={autoComplete}
        autoCapitalize={type === 'text' ? undefined : 'none'}
        spellcheck={false}
        required={!optional}
        defaultValue={value}
        aria-describedby={about || undefined}
        aria-invalid={wrong ? true : undefined}
      />
      {wrong && <p class="problem" id={`${id}-wrong`}>{wrong}</p>}
      {type === 'password' && (
        <label class="show"><input type="checkbox" checked={shown} onChange={() => setShown(!shown)} /> {words.show}</label>
      )}
    </div>
  );
}

// NewPassword is the field for a password that is chosen.
export function NewPassword({ name, label, least }: { name: string; label: string; least: number }) {
  return <Field name={name} label={label} type="password" autoComplete="new-password" hint={words.atLeast(least)} />;
}

// Owner tells password managers whose password is entered.
export function Owner({ email }: { email: string | null | undefined }) {
  return <input class="visually-hidden" type="text" name="username" autoComplete="username" value={email ?? ''} readOnly tabIndex={-1} aria-hidden="true" />;
}
