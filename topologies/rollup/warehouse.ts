import { ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { ClickHouseSettings } from '@clickhouse/client';
import type { TableRow } from '#processors/rollup';
import { SightlineError, messageOf } from '#runtime';

/** ClickHouse as the sink sees it. */
export interface Warehouse {
  /**
   * Writes rows to their tables, one insert a table, each with the token: a table drops an insert whose token it has
   * seen, and so do the rollups fed by it. Rejects with CLICKHOUSE_UNAVAILABLE or CLICKHOUSE_REFUSED; then the same
   * rows must be written again with the same token, whether or not some of them arrived.
   */
  write(rows: readonly TableRow[], token: string): Promise<void>;
  close(): Promise<void>;
}

export interface WarehouseOptions {
  readonly url: string;
  readonly database: string;
  /** Default 60 s: longer than any block takes, shorter than anybody waits. */
  readonly requestTimeoutMs?: number;
}

const insertSettings: ClickHouseSettings = {
  insert_deduplicate: 1,
  // Without it a view that failed after its table had the block would never see it again.
  deduplicate_blocks_in_dependent_materialized_views: 1,
  // A block is one part: the server must neither gather it with others nor answer before it is stored.
  async_insert: 0,
  wait_end_of_query: 1,
  // A block of late records may touch many weeks; refusing it would stop the partition for ever.
  max_partitions_per_insert_block: '0',
};

export const openWarehouse = ({ url, database, requestTimeoutMs = 60_000 }: WarehouseOptions): Warehouse => {
  const client = createClient({
    url,
    database,
    application: 'sightline-rollup',
    // What goes wrong is told by the caller, once, and in the process's own log.
    log: { level: ClickHouseLogLevel.OFF },
    request_timeout: requestTimeoutMs,
    max_open_connections: 8,
    clickhouse_settings: insertSettings,
  });
  const insert = async (table: string, rows: readonly TableRow[], token: string): Promise<void> => {
    try {
      await client.insert({
        table,
        values: rows.map(({ row }) => row),
        format: 'JSONEachRow',
        clickhouse_settings: { insert_deduplication_token: token },
      });
    } catch (error) {
      const what = `${rows.length} rows could not be written to ${table}: ${messageOf(error)}`;
      const code = error instanceof ClickHouseError ? 'CLICKHOUSE_REFUSED' : 'CLICKHOUSE_UNAVAILABLE';
      throw new SightlineError(code, what, error);
    }
  };
  return {
    async write(rows, token) {
      for (const [table, own] of Map.groupBy(rows, ({ table }) => table)) await insert(table, own, token);
    },
    close: () => client.close(),
  };
};
