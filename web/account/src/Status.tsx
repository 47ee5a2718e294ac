import { useEffect, useRef } from 'preact/hooks';

// What was done, in a sentence. Each is an object of its own, so that the same can be said twice.
export interface Said {
  text: string;
}

// Status says what was done, also to screen readers. If the button that did it is gone, it takes the
// focus, so that the next Tab does not begin at the top.
export function Status({ said }: { said: Said | undefined }) {
  const status = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (said && document.activeElement === document.body) status.current?.focus();
  }, [said]);
  return <p ref={status} tabIndex={-1} role="status" class={said ? 'notice' : ''}>{said?.text}</p>;
}
