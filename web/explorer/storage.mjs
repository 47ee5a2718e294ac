// GraphiQL's storage. The appearance of the page is in localStorage, for the next visit. Tabs,
// variables and history are in sessionStorage, so that a password in a variable is gone when the
// browser tab is closed.

const APPEARANCE = ['theme', 'docExplorerFlex', 'editorFlex', 'secondaryEditorFlex', 'visiblePlugin'];
const DEFAULTS = { 'graphiql:secondaryEditorFlex': '2' }; // room for the variables of the examples
const PREFIX = 'graphiql:';

// explorerStorage returns the `storage` of GraphiQL, over a localStorage and a sessionStorage. On a
// first visit it contains the example tabs, later the user's own. GraphiQL also reads the query and
// the variables outside the tabs, and opens a new tab if they match no tab. So these keys always
// return the values of the active tab.
export function explorerStorage(examples, local, session) {
  const store = (key) => (APPEARANCE.includes(key.slice(PREFIX.length)) ? local : session);
  const tabs = PREFIX + 'tabState';
  const tabField = (key) => ['query', 'variables', 'headers', 'operationName'].find((name) => key === PREFIX + name);
  if (!session.getItem(tabs)) session.setItem(tabs, JSON.stringify(tabState(examples)));
  return {
    getItem(key) {
      if (!tabField(key)) return store(key).getItem(key) ?? DEFAULTS[key] ?? null;
      const { tabs: list, activeTabIndex } = JSON.parse(session.getItem(tabs)) ?? tabState(examples);
      return list[activeTabIndex]?.[tabField(key)] ?? null;
    },
    setItem(key, value) {
      if (!tabField(key)) store(key).setItem(key, value);
    },
    removeItem: (key) => store(key).removeItem(key),
    clear() {
      for (const each of [local, session]) {
        for (const key of keys(each)) each.removeItem(key);
      }
    },
    get length() {
      return keys(local).length + keys(session).length;
    },
  };
}

// browserStorage returns window[name] ("localStorage"), or a store in memory if the browser blocks
// it.
export function browserStorage(name) {
  try {
    const store = window[name];
    store.getItem('');
    return store;
  } catch {
    const items = new Map();
    return {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => void items.set(key, value),
      removeItem: (key) => void items.delete(key),
      key: (i) => [...items.keys()][i] ?? null,
      get length() {
        return items.size;
      },
    };
  }
}

function keys(store) {
  return Array.from({ length: store.length }, (_, i) => store.key(i)).filter((key) => key.startsWith(PREFIX));
}

function tabState(examples) {
  const tabs = examples.map(({ name, query, variables }) => ({
    id: name,
    title: name,
    operationName: name,
    query,
    variables: variables ? JSON.stringify(variables, null, 2) : null,
    headers: null,
    response: null,
  }));
  return { activeTabIndex: 0, tabs };
}
