// What the fields of the schema require. The service ends their descriptions with it; the lists of
// the documentation show the first paragraph only.

const REQUIRES = /(?:^|\n\n)Requires ([^\n]+)\.(?=\n\n|$)/;

// words reads requirements as `access` answers them: all of the outer list, any of each inner list.
export function words(required) {
  return required.map((any) => any.map(term).join(' or ')).join(', and ');
}

function term(entry) {
  const [kind, ...name] = entry.split(':');
  if (kind === 'authenticated') return 'authentication';
  if (kind === 'fresh') return `a proof within ${name[0] % 60 === 0 ? `${name[0] / 60} min` : `${name[0]} s`}`;
  if (kind === 'factors') return name[0] === '1' ? '1 factor' : `${name[0]} factors`;
  if (kind === 'given') return name[0];
  if (kind === 'app') return name.length === 0 ? 'any app' : `an app with ${name.join(':')}`;
  return name.length === 0 ? kind : `${kind} ${name.join(':')}`;
}

// eachCoordinate calls visit with each field, input field and argument of an introspected schema and
// its coordinate, and returns the schema with what visit returns.
function eachCoordinate(schema, visit) {
  const field = (type, each) => {
    const coordinate = `${type.name}.${each.name}`;
    const args = each.args?.map((arg) => visit(arg, `${coordinate}(${arg.name}:)`));
    return visit(args ? { ...each, args } : each, coordinate);
  };
  const types = schema.types.map((type) => ({
    ...type,
    fields: type.fields?.map((each) => field(type, each)) ?? null,
    inputFields: type.inputFields?.map((each) => field(type, each)) ?? null,
  }));
  return { ...schema, types };
}

// requirements returns, for each guarded coordinate of an introspected schema, what it requires:
// first those of queries, then those of mutations.
export function requirements(schema) {
  const found = new Map();
  const roots = [schema.mutationType?.name, schema.queryType?.name];
  const types = schema.types.toSorted((a, b) => roots.indexOf(b.name) - roots.indexOf(a.name));
  eachCoordinate({ ...schema, types }, (each, coordinate) => {
    const required = each.description?.match(REQUIRES)?.[1];
    if (required) found.set(coordinate, required);
    return each;
  });
  return found;
}

// withRequirementsFirst returns the schema with descriptions that begin with what is required.
export function withRequirementsFirst(schema) {
  return eachCoordinate(schema, (each) => {
    const [all, required] = each.description?.match(REQUIRES) ?? [];
    if (!required) return each;
    return { ...each, description: `**\`requires ${required.replaceAll('`', '')}\`** ${each.description.replace(all, '').trim()}`.trim() };
  });
}
