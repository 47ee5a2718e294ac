import type { ComponentChildren } from 'preact';
import { Heading } from '../Heading';
import { words } from '../words/words';

// Sent says that a mail is on its way.
export function Sent({ text, children }: { text: string; children?: ComponentChildren }) {
  return (
    <>
      <Heading>{words.sent}</Heading>
      <p>{text}</p>
      {children}
      <p class="hint">{words.spam}</p>
    </>
  );
}
