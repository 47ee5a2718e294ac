import { useMemo } from 'preact/hooks';
import { encode } from 'uqr';

// QUIET is the width of the white border, in modules: what readers need (ISO/IEC 18004).
const QUIET = 4;

// Qr draws a text that another device reads with its camera.
export function Qr({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => draw(text), [text]);
  return <svg class="qr" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`}><path d={path} /></svg>;
}

function draw(text: string): { size: number; path: string } {
  const { size, data } = encode(text, { ecc: 'M', border: QUIET });
  return { size, path: data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('') };
}
