import { expect, test } from 'vitest';
import { avroSchemas } from '#schemas';
import { incompatibilities } from './compatibility.ts';

const record = (...fields: object[]): object => ({ type: 'record', name: 'R', fields });
const id = { name: 'id', type: 'string' };

test.each([
  ['a new field with a default', record(id), record(id, { name: 'x', type: 'int', default: 0 }), []],
  ['a new field without', record(id), record(id, { name: 'x', type: 'int' }), [/^x is new/]],
  ['a field gone that had no default', record(id), record(), [/^id is gone/]],
  ['a field gone that had a default', record({ ...id, default: '' }), record(), []],
  ['another type', record(id), record({ name: 'id', type: 'long' }), [/^id was string and would be long/]],
  [
    'a field inside a nullable record',
    record({ name: 'a', type: ['null', record(id)] }),
    record({ name: 'a', type: ['null', record(id, { name: 'b', type: 'int' })] }),
    [/^a\.b is new/],
  ],
  [
    'a field inside a list',
    record({ name: 'a', type: { type: 'array', items: record(id) } }),
    record({ name: 'a', type: { type: 'array', items: record() } }),
    [/^a\.id is gone/],
  ],
])('%s', (_what, before, after, expected) => {
  const found = incompatibilities(before, after);
  expect(found).toHaveLength(expected.length);
  for (const [index, pattern] of expected.entries()) expect(found[index]).toMatch(pattern);
});

test.each(Object.entries(avroSchemas))('finds nothing between %s and itself', (_name, schema) => {
  expect(incompatibilities(schema, schema)).toEqual([]);
});
