import { useEffect, useRef } from 'preact/hooks';
import { words } from './words/words';

let shown = false; // whether a page was shown before this one

// Heading is the title of a page. It takes the focus when another page is shown, so that screen
// readers read it, and the next Tab goes to what comes after it.
export function Heading({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${children} – ${words.account}`;
    if (shown) heading.current?.focus();
    shown = true;
  }, [children]);
  return <h1 ref={heading} tabIndex={-1}>{children}</h1>;
}
