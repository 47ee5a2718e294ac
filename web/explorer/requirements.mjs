// What the directives in the schema require, in words, for the documentation and the access tab.
// The service decides; this only reads the schema aloud.

// words reads requirements as `access` answers them: all of the outer list, any of each inner list.
export function words(required) {
  return required.map((any) => any.map(term).join(' or ')).join(', and ');
}

function term(entry) {
  const [kind, ...name] = entry.split(':');
  if (kind === 'authenticated') return 'a login';
  return kind === 'self' ? 'your own' : `${kind} ${name.join(':')}`;
}

// onlyOwn reports whether one of the requirements may be met by the caller's own objects alone.
export const onlyOwn = (required) => required.some((any) => any.includes('self'));

// requirements reads a schema in SDL and returns, for each guarded coordinate, what it requires. A
// guard on a type is one on each of its fields.
export function requirements(parse, sdl) {
  const found = new Map();
  const note = (coordinate, directives) => {
    const required = clauses(directives);
    if (required.length > 0) found.set(coordinate, required);
  };
  for (const type of parse(sdl, { noLocation: true }).definitions) {
    for (const field of type.fields ?? []) {
      const coordinate = `${type.name.value}.${field.name.value}`;
      note(coordinate, [...type.directives, ...field.directives]);
      for (const arg of field.arguments ?? []) note(`${coordinate}(${arg.name.value}:)`, arg.directives);
    }
  }
  return found;
}

// clauses returns the requirements of the guards among the directives. A login is named only if
// nothing else is required.
function clauses(directives) {
  const all = [];
  let login = false;
  for (const { name, arguments: args } of directives) {
    const value = (of) => args.find((arg) => arg.name.value === of)?.value;
    const kind = { hasRole: 'role', hasScope: 'scope' }[name.value];
    if (name.value === 'authenticated') login = true;
    if (kind) all.push([...strings(value(kind)).map((each) => `${kind}:${each}`), ...(value('orSelf') ? ['self'] : [])]);
  }
  return all.length === 0 && login ? [['authenticated']] : all;
}

const strings = (value) => (value?.kind === 'ListValue' ? value.values : [value]).map((each) => each?.value);

// annotate adds the requirements to the descriptions in the answer to an introspection query, so
// that the documentation shows them, also in its lists.
export function annotate(schema, needs) {
  const described = (each, coordinate) => {
    if (!needs.has(coordinate)) return each;
    return { ...each, description: `**\`needs ${words(needs.get(coordinate)).replaceAll('`', '')}\`** ${each.description ?? ''}`.trim() };
  };
  const field = (type, each) => {
    const coordinate = `${type.name}.${each.name}`;
    return described({ ...each, ...(each.args && { args: each.args.map((arg) => described(arg, `${coordinate}(${arg.name}:)`)) }) }, coordinate);
  };
  return {
    ...schema,
    types: schema.types.map((type) => ({
      ...type,
      ...(type.fields && { fields: type.fields.map((each) => field(type, each)) }),
      ...(type.inputFields && { inputFields: type.inputFields.map((each) => field(type, each)) }),
    })),
  };
}
