// The page: GraphiQL, the session, and the bar.
import { showBar, showSchema } from './bar.mjs';
import { examples } from './examples.mjs';
import { Session } from './session.mjs';
import { browserStorage, explorerStorage } from './storage.mjs';
import { Transport } from './transport.mjs';

const { React, ReactDOM, GraphiQL } = window; // from the scripts in vendor/
const INTROSPECTION = 'ExplorerIntrospection';

const sessionStore = browserStorage('sessionStorage');
const storage = explorerStorage(examples, browserStorage('localStorage'), sessionStore);
const session = new Session();
// The API is beside the explorer, also below the path of PUBLIC_URL.
const send = (path, options) => fetch(new URL(`..${path}`, import.meta.url), options);
const transport = new Transport(session, GraphiQL.GraphQL.parse, send);

session.resume(sessionStore);
addEventListener('pagehide', () => session.suspend(sessionStore));
addEventListener('pageshow', () => session.resume(sessionStore));
showBar(session, transport);

async function fetcher(operation, { headers } = {}) {
  if (operation.operationName === INTROSPECTION) return introspect(operation, headers);
  const { result } = await transport.run(operation, headers);
  return result;
}

// introspect returns the schema as the caller sees it. If introspection is off, it returns an empty
// string: GraphiQL then shows no schema, without replacing the user's answer by an error. The bar
// says that the schema is missing.
async function introspect(operation, headers) {
  if (!operation.query.includes(INTROSPECTION)) return ''; // GraphiQL's second attempt, for other kinds of server
  const held = session.accessToken;
  const { status, result } = await transport.run(operation, headers);
  if (status === 401 && held && !session.accessToken) return introspect(operation, headers); // the session has just ended
  showSchema(result);
  return result.data?.__schema ? result : '';
}

// SchemaOfCaller fetches the schema again when another user signs in, who may see a different one.
function SchemaOfCaller() {
  const { introspect } = GraphiQL.React.useSchemaStore();
  React.useEffect(() => {
    let subject = session.subject;
    const changed = () => {
      if (session.subject === subject) return;
      subject = session.subject;
      introspect();
    };
    session.addEventListener('change', changed);
    return () => session.removeEventListener('change', changed);
  }, [introspect]);
  return null;
}

// LabelledEditors names the editors for screen readers, and lets the Tab key leave an editor, which
// would otherwise trap the keyboard (WCAG 2.1.2).
function LabelledEditors() {
  const { queryEditor, variableEditor, headerEditor, responseEditor } = GraphiQL.React.useEditorContext();
  React.useEffect(() => {
    const names = [[queryEditor, 'Operation'], [variableEditor, 'Variables'], [headerEditor, 'Headers'], [responseEditor, 'Response']];
    for (const [editor, name] of names) {
      editor?.setOption('screenReaderLabel', name);
      editor?.setOption('lineWrapping', true);
      editor?.addKeyMap({ name: 'page', Tab: false, 'Shift-Tab': false }, true);
    }
  }, [queryEditor, variableEditor, headerEditor, responseEditor]);
  return null;
}

const element = React.createElement;
ReactDOM.createRoot(document.getElementById('explorer')).render(
  element(
    GraphiQL,
    {
      fetcher,
      storage,
      introspectionQueryName: INTROSPECTION,
      shouldPersistHeaders: false,
      defaultEditorToolsVisibility: 'variables',
      defaultQuery: '# Complete with Ctrl-Space, run with Ctrl-Enter.\n\n',
    },
    element(GraphiQL.Logo, null, ''),
    element(SchemaOfCaller),
    element(LabelledEditors),
  ),
);
