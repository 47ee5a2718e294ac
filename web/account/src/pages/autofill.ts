// Passkeys beside the field for the email address: the browser offers them there without a button
// (conditional mediation), until the person logs in another way.
import { useEffect, useRef, useState } from 'preact/hooks';
import { send, type Problem } from '../api';
import { BeginPasskeyLoginDocument, LogInWithPasskeyDocument } from '../graphql/graphql';
import { supported, use, type Json } from '../passkey';
import { session } from '../session';

export interface Autofill {
  problem: Problem | undefined; // why the passkey that was chosen is refused
  pause: () => Promise<void>; // a browser asks for one credential at a time
  resume: () => void;
}

// useAutofill offers the passkeys while the page is shown.
export function useAutofill(offered: boolean): Autofill {
  const [problem, setProblem] = useState<Problem>();
  const running = useRef<{ stop: AbortController; ended: Promise<void> } | undefined>(undefined);

  async function pause() {
    setProblem(undefined);
    running.current?.stop.abort();
    await running.current?.ended;
    running.current = undefined;
  }

  function resume() {
    if (!offered || running.current) return;
    const stop = new AbortController();
    running.current = { stop, ended: offer(stop.signal, setProblem) };
  }

  useEffect(() => {
    resume();
    return () => void pause();
  }, [offered]);
  return { problem, pause, resume };
}

// offer begins again when what the service has begun expires, once the page is looked at.
async function offer(signal: AbortSignal, failed: (problem: Problem) => void) {
  if (!supported || !('any' in AbortSignal) || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  while (!signal.aborted) {
    await visible(signal);
    const begun = (await send(BeginPasskeyLoginDocument, {})).data?.beginPasskeyLogin;
    if (!begun || signal.aborted) return;
    const expired = AbortSignal.timeout(Math.max(0, Date.parse(begun.expiresAt) - Date.now()));
    const { data: credential } = await use(begun.options as Json, { conditional: true, signal: AbortSignal.any([signal, expired]) });
    if (credential) {
      const problem = await session.open(LogInWithPasskeyDocument, { input: { ceremony: begun.ceremony, credential } });
      if (problem) failed(problem);
      return; // with a problem, too: the button remains
    }
    if (!expired.aborted) return;
  }
}

// visible waits until the tab is shown.
async function visible(signal: AbortSignal) {
  while (document.visibilityState !== 'visible' && !signal.aborted) {
    await new Promise((resolve) => {
      document.addEventListener('visibilitychange', resolve, { once: true });
      signal.addEventListener('abort', resolve, { once: true });
    });
  }
}
