// The tab "Access" beside the editor: what the caller may do with the operation in the editor, which
// fields of the schema they may reach, and which scopes there are for applications and keys.
import { can, explain, listScopes, matching, reach } from './access.mjs';

const TITLE = 'Access';
const PAUSE = 400; // milliseconds after the last change in an editor

const VERDICTS = {
  ALLOW: { text: 'Allowed', sign: '✓', look: 'allow' },
  DENY: { text: 'Refused', sign: '✕', look: 'deny' },
  SELF: { text: 'Depends', sign: '?', look: 'self' },
  STEP_UP: { text: 'After a proof', sign: '↑', look: 'self' },
};

// accessTab returns the plugin for GraphiQL. needs() returns what each guarded coordinate requires.
export function accessTab({ React, GraphiQL, session, transport, needs }) {
  const element = React.createElement;
  const { useEffect, useState, useSyncExternalStore } = React;

  const subscribe = (changed) => {
    session.addEventListener('change', changed);
    return () => session.removeEventListener('change', changed);
  };
  const useToken = () => useSyncExternalStore(subscribe, () => session.accessToken);

  // useAnswer returns the latest answer of ask, which runs again a little after a key changes. It
  // returns null until then.
  function useAnswer(ask, keys) {
    const [answer, setAnswer] = useState(null);
    useEffect(() => {
      let current = true;
      const token = session.accessToken;
      const timer = setTimeout(async () => {
        await transport.idle(); // a logout may be under way
        if (!current || session.accessToken !== token) return;
        const found = await ask();
        if (current) setAnswer(found);
      }, PAUSE);
      return () => {
        current = false;
        clearTimeout(timer);
      };
    }, keys);
    return answer;
  }

  // useOperation returns what is in the editors, and follows changes.
  function useOperation() {
    const { queryEditor, variableEditor, headerEditor } = GraphiQL.React.useEditorContext({ nonNull: true });
    const [, redraw] = useState(0);
    useEffect(() => {
      const editors = [queryEditor, variableEditor, headerEditor].filter(Boolean);
      const changed = () => redraw((n) => n + 1);
      for (const editor of editors) editor.on('change', changed);
      return () => editors.forEach((editor) => editor.off('change', changed));
    }, [queryEditor, variableEditor, headerEditor]);
    const value = (editor) => editor?.getValue() ?? '';
    return { query: value(queryEditor), variables: value(variableEditor), headers: value(headerEditor), operationName: queryEditor?.operationName ?? undefined };
  }

  // breakable returns a coordinate that may wrap after its point.
  const breakable = (coordinate) => coordinate.split(/(?<=\.)/).flatMap((part, i) => (i === 0 ? [part] : [element('wbr', { key: i }), part]));

  async function explainText({ query, variables, headers, operationName }) {
    if (!query.replaceAll(/^\s*#.*$/gm, '').trim()) return { rows: [], fault: 'Write an operation to see what you may do with it.' };
    const [values, extra] = [object(variables), object(headers)];
    if (!values || !extra) return { rows: [], fault: `The ${values ? 'headers' : 'variables'} are not a JSON object.` };
    return explain(transport, { query, operationName, variables: values }, extra);
  }

  const Verdict = ({ verdict, why }) => {
    const { text, sign, look } = VERDICTS[verdict];
    return element('td', null,
      element('span', { className: `verdict ${look}` }, element('span', { 'aria-hidden': true }, sign), ` ${text}`),
      why && element('span', { className: 'why' }, why));
  };

  const Table = ({ label, head, children }) => element('table', { 'aria-label': label },
    element('thead', null, element('tr', null, head.map((each) => element('th', { key: each, scope: 'col' }, each)))),
    element('tbody', null, children));

  function Operation() {
    const [operation, token] = [useOperation(), useToken()];
    const answer = useAnswer(() => explainText(operation), [operation.query, operation.variables, operation.headers, operation.operationName, token]);
    if (!answer) return element('p', { className: 'hint' }, 'Asking…');
    if (answer.fault) return element('p', { className: 'hint', role: 'status' }, answer.fault);
    if (answer.rows.length === 0) return element('p', { className: 'hint', role: 'status' }, 'Nothing in this operation is guarded: every caller may run it.');
    return element(Table, { label: 'Decisions on this operation', head: ['Field', 'Needs', 'You'] },
      answer.rows.map(({ place, coordinate, verdict, needs: what, why }, i) => element('tr', { key: i },
        element('th', { scope: 'row' }, element('code', null, place), element('code', { className: 'coordinate' }, coordinate)),
        element('td', null, what),
        element(Verdict, { verdict, why }))));
  }

  function Reachable() {
    const token = useToken();
    const [text, setText] = useState('');
    GraphiQL.React.useSchemaStore(); // drawn again when the schema has arrived
    const coordinates = matching([...needs().keys()], text);
    const answer = useAnswer(async () => (token && coordinates.length > 0 ? can(transport, coordinates) : null), [coordinates.join(), token]);
    return element(React.Fragment, null,
      element('label', { className: 'filter' }, 'Find a field', element('input', {
        type: 'search', value: text, placeholder: 'Query.users', spellCheck: false, autoCapitalize: 'off', onChange: (event) => setText(event.target.value),
      })),
      !token && element('p', { className: 'hint' }, 'Log in to see which of these you may reach.'),
      answer?.fault && element('p', { className: 'hint', role: 'status' }, answer.fault),
      coordinates.length === 0
        ? element('p', { className: 'hint', role: 'status' }, 'No guarded field has this name. Ask for a whole one, such as Query.users.')
        : element(Table, { label: 'Fields you may reach', head: ['Field', 'Needs', 'You'] }, coordinates.map((coordinate) => {
          const required = needs().get(coordinate) ?? '';
          const allowed = token ? answer?.allowed.get(coordinate) : undefined;
          return element('tr', { key: coordinate },
            element('th', { scope: 'row' }, element('code', null, ...breakable(coordinate))),
            element('td', null, required),
            allowed === undefined ? element('td', null, '–') : element(Verdict, reach(allowed, required)));
        })));
  }

  function Scopes() {
    const answer = useAnswer(() => listScopes(transport), [useToken()]);
    if (!answer) return element('p', { className: 'hint' }, 'Asking…');
    if (answer.fault) return element('p', { className: 'hint', role: 'status' }, answer.fault);
    if (answer.scopes.length === 0) return element('p', { className: 'hint', role: 'status' }, 'There is no scope that you may pass on.');
    return element(Table, { label: 'Scopes', head: ['Scope', 'Opens', 'Whose'] }, answer.scopes.map(({ name, title, own, coordinates }) => element('tr', { key: name },
      element('th', { scope: 'row' }, element('code', null, name), title),
      element('td', null, coordinates.map((each) => element('code', { key: each }, ...breakable(each)))),
      element('td', null, own ? 'one’s own' : 'everyone’s'))));
  }

  const Caller = () => {
    const signedIn = useToken() !== null;
    return element('p', { className: 'caller' }, signedIn ? `As ${session.name}` : 'As a caller without a login');
  };

  const content = () => element('section', { className: 'access', 'aria-label': 'Access' },
    element('h2', null, 'Access'),
    element(Caller),
    element('h3', null, 'This operation'),
    element(Operation),
    element('h3', null, 'The schema'),
    element(Reachable),
    element('h3', null, 'Scopes for applications and keys'),
    element(Scopes));

  // GraphiQL shows by the icon which tab is open.
  const icon = () => element('svg', { viewBox: '0 0 24 24', fill: GraphiQL.React.usePluginStore().visiblePlugin?.title === TITLE ? 'var(--brand-soft)' : 'none', stroke: 'currentColor', strokeWidth: 1.5, strokeLinejoin: 'round', strokeLinecap: 'round', 'aria-hidden': true },
    element('path', { d: 'M12 3 4.5 6v5.5c0 4.5 3.1 8 7.5 9.5 4.4-1.5 7.5-5 7.5-9.5V6L12 3Z' }),
    element('path', { d: 'm8.7 12 2.3 2.3 4.3-4.6' }));

  return { title: TITLE, icon, content };
}

// object parses the text of an editor, empty or a JSON object, or returns null.
function object(text) {
  if (!text.trim()) return {};
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
