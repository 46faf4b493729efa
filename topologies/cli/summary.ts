import type { CameraDocument, Crossing, Occupancy, Visit } from '#schemas';

export interface LineSummary {
  in: number;
  out: number;
  byClass: Record<string, { in: number; out: number }>;
}

export interface ZoneSummary {
  visits: number;
  /** Different tracks among the visits. */
  visitors: number;
  dwellMs: { total: number; mean: number; p50: number; p95: number };
  occupancyMax: number;
}

/** The JSON object of `analyze` and `count`. */
export interface Summary {
  frames: number;
  durationMs: number;
  fps: number;
  /** By name. */
  lines: Record<string, LineSummary>;
  /** By name. */
  zones: Record<string, ZoneSummary>;
}

/** Adds events up as they come, so that a long file needs no memory for them but 8 bytes a visit. */
export interface SummaryBuilder {
  crossing(event: Crossing): void;
  /** Only `left` counts. */
  visit(event: Visit): void;
  occupancy(event: Occupancy): void;
  finish(input: { frames: number; durationMs: number; fps: number }): Summary;
}

/** Nearest rank: the smallest value that at least this share of all values do not exceed; 0 for none. */
const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;

const dwellOf = (durations: number[]): ZoneSummary['dwellMs'] => {
  const sorted = durations.toSorted((a, b) => a - b);
  const total = sorted.reduce((sum, value) => sum + value, 0);
  return {
    total,
    mean: sorted.length === 0 ? 0 : Math.round(total / sorted.length),
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
  };
};

export const createSummary = (document: Pick<CameraDocument, 'lines' | 'zones'>): SummaryBuilder => {
  const lines = new Map<string, LineSummary>(
    document.lines.map(({ lineId }) => [lineId, { in: 0, out: 0, byClass: {} }]),
  );
  const zones = new Map(
    document.zones.map(({ zoneId }) => [
      zoneId,
      { durations: [] as number[], visitors: new Set<string>(), occupancyMax: 0 },
    ]),
  );

  return {
    crossing(event) {
      const line = lines.get(event.lineId);
      if (!line) return;
      const direction = event.direction === 'in' ? 'in' : 'out';
      const ofClass = (line.byClass[event.className] ??= { in: 0, out: 0 });
      line[direction]++;
      ofClass[direction]++;
    },
    visit(event) {
      if (event.phase !== 'left') return;
      const zone = zones.get(event.zoneId);
      zone?.durations.push(event.dwellMs);
      zone?.visitors.add(`${event.runId}:${event.trackId}`);
    },
    occupancy(event) {
      const zone = zones.get(event.zoneId);
      if (zone) zone.occupancyMax = Math.max(zone.occupancyMax, event.count);
    },
    finish(input) {
      const summary: Summary = { ...input, lines: {}, zones: {} };
      for (const { lineId, name } of document.lines) summary.lines[name] = lines.get(lineId) as LineSummary;
      for (const { zoneId, name } of document.zones) {
        const zone = zones.get(zoneId);
        if (!zone) continue;
        summary.zones[name] = {
          visits: zone.durations.length,
          visitors: zone.visitors.size,
          dwellMs: dwellOf(zone.durations),
          occupancyMax: zone.occupancyMax,
        };
      }
      return summary;
    },
  };
};

const row = (cells: readonly (string | number)[], widths: readonly number[]): string =>
  cells
    .map((cell, index) =>
      index === 0 ? String(cell).padEnd(widths[0] ?? 0) : String(cell).padStart(widths[index] ?? 0),
    )
    .join('  ');

const table = (rows: readonly (readonly (string | number)[])[]): string[] => {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => String(cells[column]).length)),
  );
  return rows.map((cells) => row(cells, widths).trimEnd());
};

const seconds = (durationMs: number): string => `${(durationMs / 1000).toFixed(1)} s`;

/** The summary for people: one table of lines, one of zones. */
export const summaryText = (summary: Summary): string => {
  const head = `${summary.frames} frames, ${seconds(summary.durationMs)} at ${summary.fps} fps`;
  const lines = Object.entries(summary.lines).flatMap(([name, line]) => [
    [name, line.in, line.out] as const,
    ...Object.entries(line.byClass).map(([className, of]) => [`  ${className}`, of.in, of.out] as const),
  ]);
  const zones = Object.entries(summary.zones).map(
    ([name, { visits, visitors, dwellMs, occupancyMax }]) =>
      [
        name,
        visits,
        visitors,
        seconds(dwellMs.total),
        seconds(dwellMs.p50),
        seconds(dwellMs.p95),
        occupancyMax,
      ] as const,
  );
  return [
    head,
    ...(lines.length > 0 ? ['', ...table([['line', 'in', 'out'], ...lines])] : []),
    ...(zones.length > 0
      ? ['', ...table([['zone', 'visits', 'visitors', 'dwell', 'median', '95 %', 'most at once'], ...zones])]
      : []),
    '',
  ].join('\n');
};
