// Puts the page together: GraphiQL, the session, and the bar.
import { showBar, showSchema } from './bar.mjs';
import { examples } from './examples.mjs';
import { Session } from './session.mjs';
import { browserStorage, explorerStorage } from './storage.mjs';
import { Transport } from './transport.mjs';

const { React, ReactDOM, GraphiQL } = window; // from the scripts in vendor/
const INTROSPECTION = 'ExplorerIntrospection';

const passing = browserStorage('sessionStorage');
const storage = explorerStorage(examples, browserStorage('localStorage'), passing);
const session = new Session();
const transport = new Transport(session, GraphiQL.GraphQL.parse);

session.resume(passing);
addEventListener('pagehide', () => session.suspend(passing));
addEventListener('pageshow', () => session.resume(passing));
showBar(session, transport);

async function fetcher(operation, { headers } = {}) {
  if (operation.operationName === INTROSPECTION) return introspect(operation, headers);
  const { result } = await transport.run(operation, headers);
  return result;
}

// introspect answers the schema as the caller may see it. Where there is none (introspection is off) it answers an
// empty text, which GraphiQL takes for "no schema" without an error over the person's own answer; the bar says so.
async function introspect(operation, headers) {
  if (!operation.query.includes(INTROSPECTION)) return ''; // GraphiQL's second try, for servers of another kind
  const held = session.accessToken;
  const { status, result } = await transport.run(operation, headers);
  if (status === 401 && held && !session.accessToken) return introspect(operation, headers); // it has just ended: as nobody
  showSchema(result);
  return result.data?.__schema ? result : '';
}

// SchemaOfCaller fetches the schema again when somebody else is signed in, who may see another.
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

// LabelledEditors names the editors for screen readers, and gives the Tab key back to the page: in an editor it would
// be a trap for the keyboard (WCAG 2.1.2).
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
      defaultQuery: '# Ctrl-Space completes, Ctrl-Enter runs.\n\n',
    },
    element(GraphiQL.Logo, null, ''),
    element(SchemaOfCaller),
    element(LabelledEditors),
  ),
);
