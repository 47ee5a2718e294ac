import { useId, type InputHTMLAttributes } from 'react';

type Props = InputHTMLAttributes<HTMLInputElement> & { label: string; complaint: string | undefined };

// Field is an input with its label, and with what is wrong with it.
export function Field({ label, complaint, ...input }: Props) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} aria-invalid={complaint !== undefined} aria-describedby={`${id}-complaint`} {...input} />
      <p id={`${id}-complaint`} className="complaint" role="alert">{complaint}</p>
    </div>
  );
}
