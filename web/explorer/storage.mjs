// Where GraphiQL keeps things: how the page looks in localStorage, for the next visit; what was written (tabs,
// variables, history) in sessionStorage, so that a password typed into a variable goes when the browser tab goes.

const APPEARANCE = ['theme', 'docExplorerFlex', 'editorFlex', 'secondaryEditorFlex', 'visiblePlugin'];
const FIRST_LOOK = { 'graphiql:secondaryEditorFlex': '2' }; // room for the variables of the examples
const PREFIX = 'graphiql:';

// explorerStorage is the `storage` of GraphiQL. On a first visit it holds the ready-made tabs; afterwards the person's
// own. GraphiQL asks for the query and the variables to begin with by themselves, and opens one tab more when they are
// not those of a tab it knows: they are always answered from the open tab.
export function explorerStorage(examples, lasting, passing) {
  const store = (key) => (APPEARANCE.includes(key.slice(PREFIX.length)) ? lasting : passing);
  const tabs = PREFIX + 'tabState';
  const ofTab = (key) => ['query', 'variables', 'headers', 'operationName'].find((name) => key === PREFIX + name);
  if (!passing.getItem(tabs)) passing.setItem(tabs, JSON.stringify(tabState(examples)));
  return {
    getItem(key) {
      if (!ofTab(key)) return store(key).getItem(key) ?? FIRST_LOOK[key] ?? null;
      const { tabs: list, activeTabIndex } = JSON.parse(passing.getItem(tabs)) ?? tabState(examples);
      return list[activeTabIndex]?.[ofTab(key)] ?? null;
    },
    setItem(key, value) {
      if (!ofTab(key)) store(key).setItem(key, value);
    },
    removeItem: (key) => store(key).removeItem(key),
    clear() {
      for (const each of [lasting, passing]) {
        for (const key of keys(each)) each.removeItem(key);
      }
    },
    get length() {
      return keys(lasting).length + keys(passing).length;
    },
  };
}

// browserStorage answers window[name] ("localStorage"), or a store in memory where the browser forbids that one.
export function browserStorage(name) {
  try {
    const store = window[name];
    store.getItem('');
    return store;
  } catch {
    const held = new Map();
    return {
      getItem: (key) => held.get(key) ?? null,
      setItem: (key, value) => void held.set(key, value),
      removeItem: (key) => void held.delete(key),
      key: (i) => [...held.keys()][i] ?? null,
      get length() {
        return held.size;
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
