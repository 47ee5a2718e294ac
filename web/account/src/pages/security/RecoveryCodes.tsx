import { useEffect, useRef, useState } from 'preact/hooks';
import { Form } from '../../Form';
import { CreateRecoveryCodesDocument } from '../../graphql/graphql';
import { session } from '../../session';
import { Status, type Said } from '../../Status';
import { words } from '../../words/words';

// RecoveryCodes makes the codes for a person who has lost everything else. They are shown once.
export function RecoveryCodes({ left, changed }: { left: number; changed: () => Promise<void> }) {
  const [codes, setCodes] = useState<string[]>();
  const [said, say] = useState<Said>();

  async function make() {
    say(undefined);
    const { data, problem } = await session.call(CreateRecoveryCodesDocument, {});
    if (!data?.createRecoveryCodes) return problem;
    setCodes(data.createRecoveryCodes);
    await changed();
    return undefined;
  }

  function keep() {
    setCodes(undefined);
    say({ text: words.codesKept });
  }

  return (
    <section>
      <h2>{words.recoveryCodes}</h2>
      <p>{words.recoveryText}</p>
      <p>{words.codesLeft(left)}</p>
      <Status said={said} />
      {codes ? <Codes codes={codes} keep={keep} say={(text) => say({ text })} /> : <Form label={left > 0 ? words.replaceCodes : words.makeCodes} send={make} quiet />}
    </section>
  );
}

interface CodesProps {
  codes: string[];
  keep: () => void;
  say: (text: string) => void;
}

// Codes shows the codes, and helps to keep them.
function Codes({ codes, keep, say }: CodesProps) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);

  async function copy() {
    try {
      await navigator.clipboard.writeText(codes.join('\n')); // on https and localhost only
      say(words.copied);
    } catch {
      say(words.notCopied);
    }
  }

  function download() {
    const url = URL.createObjectURL(new Blob([`${words.codesTitle(location.host)}\n\n${codes.join('\n')}\n`], { type: 'text/plain' }));
    Object.assign(document.createElement('a'), { href: url, download: words.codesFile }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  return (
    <div class="codes">
      <h3 ref={title} tabIndex={-1}>{words.codesTitle(location.host)}</h3>
      <p>{words.codesOnce}</p>
      <ol>{codes.map((code) => <li key={code}><code>{code}</code></li>)}</ol>
      <p class="buttons">
        <button class="second" onClick={copy}>{words.copy}</button>
        <button class="second" onClick={() => print()}>{words.print}</button>
        <button class="second" onClick={download}>{words.download}</button>
        <button onClick={keep}>{words.keptCodes}</button>
      </p>
    </div>
  );
}
