import { ClickHouseLogLevel, createClient } from '@clickhouse/client';

/** What ClickHouse knows. Every call rejects when it does not answer; callers say so on the page. */
export interface History {
  /** Counts by line, direction and quarter hour since then, with the last offset in them by partition: one snapshot. */
  crossingsSince(fromUs: number): Promise<StoredCrossings>;
  /** Whole hours of a camera's lines that begin in the range. */
  hours(cameraId: string, fromUs: number, toUs: number): Promise<LineHour[]>;
  close(): Promise<void>;
}

export interface StoredCrossings {
  readonly counts: readonly {
    readonly cameraId: string;
    readonly lineId: string;
    readonly direction: string;
    readonly crossedAtUs: number;
    readonly count: number;
  }[];
  readonly offsets: ReadonlyMap<number, number>;
}

export interface LineHour {
  readonly lineId: string;
  readonly hourAtUs: number;
  readonly in: number;
  readonly out: number;
  /** Less than an hour is a gap; 0 means nobody watched, which is not zero crossings. */
  readonly observedMs: number;
}

interface CrossingRow {
  cameraId: string;
  lineId: string;
  direction: string;
  quarter: string;
  kafkaPartition: number;
  crossings: string;
  lastOffset: string;
}

interface HourRow {
  lineId: string;
  hour: string;
  inCount: string;
  outCount: string;
  observedMs: string;
}

const requestTimeoutMs = 10_000;

export const openHistory = ({ url, database }: { url: string; database: string }): History => {
  const client = createClient({
    url,
    database,
    application: 'sightline-dashboard',
    log: { level: ClickHouseLogLevel.OFF },
    request_timeout: requestTimeoutMs,
    max_open_connections: 4,
  });
  const rows = async <Row>(query: string, parameters: Record<string, unknown>): Promise<Row[]> =>
    (await client.query({ query, query_params: parameters, format: 'JSONEachRow' })).json<Row>();
  return {
    async crossingsSince(fromUs) {
      const found = await rows<CrossingRow>(
        `SELECT cameraId, lineId, direction, toUnixTimestamp(toStartOfFifteenMinutes(crossedAt)) AS quarter,
                kafkaPartition, count() AS crossings, max(kafkaOffset) AS lastOffset
         FROM crossings WHERE crossedAt >= fromUnixTimestamp64Micro({fromUs:Int64})
         GROUP BY cameraId, lineId, direction, quarter, kafkaPartition`,
        { fromUs },
      );
      const offsets = new Map<number, number>();
      for (const { kafkaPartition, lastOffset } of found)
        offsets.set(kafkaPartition, Math.max(offsets.get(kafkaPartition) ?? -1, Number(lastOffset)));
      const counts = found.map(({ cameraId, lineId, direction, quarter, crossings }) => ({
        cameraId,
        lineId,
        direction,
        crossedAtUs: Number(quarter) * 1_000_000,
        count: Number(crossings),
      }));
      return { counts, offsets };
    },
    async hours(cameraId, fromUs, toUs) {
      const found = await rows<HourRow>(
        `SELECT lineId, toUnixTimestamp(hourAt) AS hour, inCount, outCount, observedMs
         FROM line_totals_hourly
         WHERE cameraId = {cameraId:String}
           AND hourAt >= fromUnixTimestamp64Micro({fromUs:Int64}) AND hourAt < fromUnixTimestamp64Micro({toUs:Int64})
         ORDER BY hour, lineId`,
        { cameraId, fromUs, toUs },
      );
      return found.map((row) => ({
        lineId: row.lineId,
        hourAtUs: Number(row.hour) * 1_000_000,
        in: Number(row.inCount),
        out: Number(row.outCount),
        observedMs: Number(row.observedMs),
      }));
    },
    close: () => client.close(),
  };
};
