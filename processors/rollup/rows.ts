import type { RecordTypes } from '#schemas';
import { configurationRows } from './configuration-rows.ts';
import { alertRows, cameraStatusRows, crossingRows, occupancyRows, visitRows } from './event-rows.ts';
import { inspectionRows, measureRows } from './nested-rows.ts';
import type { RecordPlace, TableRow } from './row.ts';

/** Makes the rows of one record. Pure; throws RangeError for a value that no column can hold. */
export type RowBuilder<Value> = (value: Value, place: RecordPlace) => TableRow[];

const builders = {
  alerts: alertRows,
  'camera-status': cameraStatusRows,
  config: configurationRows,
  crossings: crossingRows,
  inspections: inspectionRows,
  measures: measureRows,
  occupancy: occupancyRows,
  visits: visitRows,
} as const satisfies { [Name in keyof RecordTypes]?: RowBuilder<RecordTypes[Name]> };

/** Schemas whose records become rows in ClickHouse. */
export type RolledUp = keyof typeof builders;
export const rolledUp = Object.keys(builders) as readonly RolledUp[];

/** The builder of a schema's rows. Tables and columns are those of schemas/clickhouse. */
export const rowBuilder = <Name extends RolledUp>(name: Name): RowBuilder<RecordTypes[Name]> =>
  builders[name] as unknown as RowBuilder<RecordTypes[Name]>;
