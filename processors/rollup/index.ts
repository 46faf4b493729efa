export type { RecordPlace, TableRow } from './row.ts';
export { rolledUp, rowBuilder } from './rows.ts';
export type { RolledUp, RowBuilder } from './rows.ts';
