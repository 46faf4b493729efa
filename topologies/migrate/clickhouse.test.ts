import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readMigrations, splitStatements } from './clickhouse.ts';

test('statements end at a semicolon that ends a line, and keep what stands inside', () => {
  const sql = `-- only a comment;\n\nSELECT 'a;b';\n-- about the next\nSELECT 2 ;\n\n-- the end\n`;
  expect(splitStatements(sql)).toEqual([
    expect.stringContaining("SELECT 'a;b'"),
    expect.stringContaining('SELECT 2'),
  ]);
});

test('migrations come in the order of their names and may each be run again', () => {
  const migrations = readMigrations(resolve(import.meta.dirname, '../../schemas/clickhouse'));
  expect(migrations.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name).sort());
  for (const statement of migrations.flatMap(({ statements }) => statements))
    expect(statement).toMatch(/^CREATE (TABLE|VIEW|MATERIALIZED VIEW) IF NOT EXISTS/m);
});
