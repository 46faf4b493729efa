import { expect, it } from 'vitest';
import { toException } from './exceptions.ts';
import { formatOf } from './formats.ts';

it.each([
  ['SELECT 1', 'TabSeparated'],
  ['SELECT 1\nFORMAT JSONEachRow', 'JSONEachRow'],
  ['select 1 format CSV ;', 'CSV'],
  // Where the clause is not at the end, only the engine knows; the result is then made whole first.
  ['SELECT 1 FORMAT CSV SETTINGS max_threads = 1', undefined],
  ["SELECT 'a format of mine'", undefined],
  ['SELECT 1 -- FORMAT CSV', undefined],
])('finds the format of %j', (query, format) => {
  expect(formatOf(query, 'TabSeparated')).toBe(format);
});

it.each([
  ['Code: 60. DB::Exception: No table. (UNKNOWN_TABLE)', 60, 404],
  ['Code: 62. DB::Exception: Bad. (SYNTAX_ERROR) (version 26.7.2.1)', 62, 400],
  ['Code: 241. DB::Exception: Memory. (MEMORY_LIMIT_EXCEEDED)', 241, 500],
  ['the addon said no', 1002, 500],
])('answers %j as the server does', (message, code, status) => {
  const exception = toException(new Error(message), '26.7.2.1');
  expect(exception).toMatchObject({ code, status });
  expect(exception.text).toMatch(/^Code: \d+\. DB::Exception: .*\(version [^)]+\)+\n$/);
  expect(exception.text.match(/\(version/g)).toHaveLength(1);
});
