/** Where a record lay on its topic; part of every row, so that each row names its record. */
export interface RecordPlace {
  readonly partition: number;
  readonly offset: number;
  /** The broker's append time, microseconds. */
  readonly appendedAtUs: number;
}

/** One row of one ClickHouse table, fields as JSONEachRow reads them. */
export interface TableRow {
  readonly table: string;
  readonly row: Readonly<Record<string, unknown>>;
}
