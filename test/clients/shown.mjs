// The operations that our pages show, wherever in the page they stand.
import { Kind, parse, print } from 'graphql';
import { blocks, readPage } from './page.mjs';

// inShell finds what curl sends; inScript what the page's function api sends.
const inShell = (text) => [...text.matchAll(/-d '(\{.*?\})'/g)].map(([, body]) => JSON.parse(body).query);
const inScript = (text) => [...text.matchAll(/\bapi\('(.*?)'/g)].map(([, query]) => query);

// definitionsIn are all definitions of a page, in order within each language.
async function definitionsIn(path) {
  const page = await readPage(path);
  const texts = (language, found) => blocks(page, language).flatMap(({ text }) => found(text));
  const all = [...texts('graphql', (text) => [text]), ...texts('sh', inShell), ...texts('js', inScript)];
  return all.flatMap((text) => parse(text).definitions.map((definition) => ({ definition, text })));
}

const isOperation = ({ definition }) => definition.kind === Kind.OPERATION_DEFINITION;

// operationsIn are a page's operations: as the page writes them, and under a name, which generated types need.
export async function operationsIn(path) {
  const prefix = path.replaceAll(/\W/g, '_');
  return (await definitionsIn(path)).filter(isOperation).map(({ definition, text }, n) => {
    const name = definition.name?.value ?? `${prefix}_${n + 1}`;
    return { name, text, named: print({ ...definition, name: { kind: Kind.NAME, value: name } }) };
  });
}

// typesIn are the types of a schema that a page shows.
export async function typesIn(path) {
  return (await definitionsIn(path)).filter((each) => !isOperation(each)).map(({ definition }) => definition);
}
