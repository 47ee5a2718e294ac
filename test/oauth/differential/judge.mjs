// Compares what both providers answered with what is explained.

// judge returns the faults: differences without an explanation, and explanations without their
// difference. outcomes has [request, theirs, ours].
export function judge(outcomes, differences, reasons) {
  const faults = [];
  const explained = new Map(differences.map(([name, ...rest]) => [name, rest]));
  if (explained.size !== differences.length) faults.push('a request is explained twice');
  for (const [name, theirs, ours] of outcomes) {
    const [was, is, reason] = explained.get(name) ?? [];
    explained.delete(name);
    if ([theirs, ours].some((outcome) => outcome.startsWith('failed'))) faults.push(`${name}: ${theirs} | ${ours}`);
    else if (theirs === ours && reason) faults.push(`no difference any more: ${name}: ${theirs}`);
    else if (theirs !== ours && (was !== theirs || is !== ours)) faults.push(`not explained: ['${name}', '${theirs}', '${ours}', ''],`);
    if (reason && !reasons[reason]) faults.push(`${name}: no reason is called ${reason}`);
  }
  for (const name of explained.keys()) faults.push(`explained, but no request: ${name}`);
  const used = new Set(differences.map((difference) => difference[3]));
  for (const reason of Object.keys(reasons)) if (!used.has(reason)) faults.push(`a reason that nothing uses: ${reason}`);
  return faults;
}
