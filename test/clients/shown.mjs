// The operations in the code blocks of the documentation.
import { Kind, parse, print } from 'graphql';
import { blocks, readPage } from './page.mjs';

// inShell finds the requests that curl sends; inScript those that the page's function api sends.
const inShell = (text) => [...text.matchAll(/-d '(\{.*?\})'/gs)].map(([, body]) => JSON.parse(body));
const inScript = (text) => [...text.matchAll(/\bapi\('(.*?)'/g)].map(([, query]) => ({ query }));

// definitionsIn returns all definitions of a page, in order within each language.
async function definitionsIn(path) {
  const page = await readPage(path);
  const requests = (language, find) => blocks(page, language).flatMap(({ text }) => find(text));
  const all = [...requests('graphql', (query) => [{ query }]), ...requests('sh', inShell), ...requests('js', inScript)];
  return all.flatMap(({ query, variables = {} }) => parse(query).definitions.map((definition) => ({ definition, text: query, variables })));
}

const isOperation = ({ definition }) => definition.kind === Kind.OPERATION_DEFINITION;

// operationsIn returns a page's operations: as the page writes them, and with a name, which
// generated types need.
export async function operationsIn(path) {
  const prefix = path.replaceAll(/\W/g, '_');
  return (await definitionsIn(path)).filter(isOperation).map(({ definition, text, variables }, n) => {
    const name = definition.name?.value ?? `${prefix}_${n + 1}`;
    return { name, text, variables, named: print({ ...definition, name: { kind: Kind.NAME, value: name } }) };
  });
}

// typesIn returns the schema types that a page shows.
export async function typesIn(path) {
  return (await definitionsIn(path)).filter((each) => !isOperation(each)).map(({ definition }) => definition);
}
