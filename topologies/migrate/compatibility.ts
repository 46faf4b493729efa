/**
 * Says in words why two Avro schemas of one topic are not fully compatible. The registry decides; this only names
 * the fields, because registries answer with positions or with nothing at all.
 */
type Schema = unknown;

interface Field {
  readonly name: string;
  readonly type: Schema;
  readonly default?: unknown;
}

const isRecord = (schema: Schema): schema is { fields: Field[] } =>
  typeof schema === 'object' && schema !== null && 'fields' in schema && Array.isArray(schema.fields);

const kindOf = (schema: Schema): string => {
  if (typeof schema === 'string') return schema;
  if (Array.isArray(schema)) return schema.map(kindOf).join(' or ');
  if (typeof schema === 'object' && schema !== null && 'type' in schema)
    return typeof schema.type === 'string' ? schema.type : kindOf(schema.type);
  return 'unknown';
};

/** What is inside: the record of a nullable field, the items of an array, the values of a map. */
const insides = (schema: Schema): Schema[] => {
  if (Array.isArray(schema)) return schema.filter((branch) => branch !== 'null');
  if (typeof schema !== 'object' || schema === null) return [];
  if ('items' in schema) return [schema.items];
  if ('values' in schema) return [schema.values];
  return [];
};

const compareTypes = (path: string, before: Schema, after: Schema): string[] => {
  if (isRecord(before) && isRecord(after)) return compareFields(path, before.fields, after.fields);
  if (kindOf(before) !== kindOf(after))
    return [`${path} was ${kindOf(before)} and would be ${kindOf(after)}: give the new meaning a new field`];
  const [inner, outer] = [insides(before), insides(after)];
  return inner.flatMap((schema, index) => compareTypes(path, schema, outer[index]));
};

const compareFields = (path: string, before: readonly Field[], after: readonly Field[]): string[] => {
  const prefix = path === '' ? '' : `${path}.`;
  const earlier = new Map(before.map((field) => [field.name, field]));
  const later = new Map(after.map((field) => [field.name, field]));
  const added = after
    .filter((field) => !earlier.has(field.name) && field.default === undefined)
    .map((field) => `${prefix}${field.name} is new and has no default: older records could not be read`);
  const removed = before
    .filter((field) => !later.has(field.name) && field.default === undefined)
    .map((field) => `${prefix}${field.name} is gone and had no default: older readers would fail`);
  const changed = before.flatMap((field) => {
    const counterpart = later.get(field.name);
    return counterpart ? compareTypes(`${prefix}${field.name}`, field.type, counterpart.type) : [];
  });
  return [...added, ...removed, ...changed];
};

/** One line for each field that stands in the way; empty when fields are not the reason. */
export const incompatibilities = (before: Schema, after: Schema): string[] => compareTypes('', before, after);
