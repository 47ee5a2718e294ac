// The page: GraphiQL, the session, and the bar.
import { accessTab } from './access-tab.mjs';
import { showBar, showSchema } from './bar.mjs';
import { examples } from './examples.mjs';
import { requirements, withRequirementsFirst } from './requirements.mjs';
import { Session } from './session.mjs';
import { browserStorage, explorerStorage } from './storage.mjs';
import { Transport } from './transport.mjs';

const { React, ReactDOM, GraphiQL } = window; // from the scripts in vendor/
const INTROSPECTION = 'ExplorerIntrospection';
const VISIBLE = 'graphiql:visiblePlugin'; // the title of the tab beside the editor, '' for none

const sessionStore = browserStorage('sessionStorage');
const storage = explorerStorage(examples, browserStorage('localStorage'), sessionStore);
const session = new Session();
let needs = new Map(); // what each guarded coordinate requires, once the schema is known
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
  if (!result.data?.__schema) return '';
  needs = requirements(result.data.__schema);
  return { ...result, data: { __schema: withRequirementsFirst(result.data.__schema) } };
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

// OpenTab opens the tab beside the editor that was open last, and on a first visit the access tab,
// unless the screen is small: there the operation comes first. GraphiQL can be told which tab is
// visible, but not to make room for it, so this presses its button.
function OpenTab() {
  const drawn = GraphiQL.React.usePluginStore().plugins.length > 0;
  React.useEffect(() => {
    if (!drawn) return;
    const title = storage.getItem(VISIBLE) ?? (matchMedia('(width >= 1000px)').matches ? access.title : '');
    if (title) document.querySelector(`.graphiql-sidebar [aria-label="Show ${CSS.escape(title)}"]`)?.click();
  }, [drawn]);
  return null;
}

const element = React.createElement;
const access = accessTab({ React, GraphiQL, session, transport, needs: () => needs });

ReactDOM.createRoot(document.getElementById('explorer')).render(
  element(
    GraphiQL,
    {
      fetcher,
      storage,
      plugins: [access],
      onTogglePluginVisibility: (plugin) => storage.setItem(VISIBLE, plugin?.title ?? ''),
      introspectionQueryName: INTROSPECTION,
      shouldPersistHeaders: false,
      defaultEditorToolsVisibility: 'variables',
      defaultQuery: '# Complete with Ctrl-Space, run with Ctrl-Enter.\n\n',
    },
    element(GraphiQL.Logo, null, ''),
    element(SchemaOfCaller),
    element(LabelledEditors),
    element(OpenTab),
  ),
);
