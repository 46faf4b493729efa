/** Site-local labels by the platform's own calendar, for recounts that share nothing with the SQL under test. */
const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  formats.set(timeZone, format);
  return format;
};

/** `2026-10-25 02:15:00` on the site's clock. */
export const clockAt = (atUs: number, timeZone: string): string =>
  formatOf(timeZone).format(new Date(Math.floor(atUs / 1000)));

export const dayAt = (atUs: number, timeZone: string): string => clockAt(atUs, timeZone).slice(0, 10);

/** First instant of the site-local hour, as ClickHouse prints a DateTime in UTC. */
export const hourAt = (atUs: number, timeZone: string): string => {
  const minute = Number(clockAt(atUs, timeZone).slice(14, 16));
  const startMs = Math.floor(atUs / 60_000_000) * 60_000 - minute * 60_000;
  return new Date(startMs).toISOString().slice(0, 19).replace('T', ' ');
};

/** Sums by key. */
export const tally = <Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  amountOf: (item: Item) => number = () => 1,
): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const item of items) sums[keyOf(item)] = (sums[keyOf(item)] ?? 0) + amountOf(item);
  return sums;
};

/** Small repeatable random numbers (mulberry32), 0 to 1. */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};
