/** First instant of the day that holds `atUs` on the clock of a time zone, and of the day after. */
export interface LocalDay {
  readonly fromUs: number;
  readonly toUs: number;
}

const quarterMs = 15 * 60_000;
const hourMs = 60 * 60_000;
/** Formatters are slow to make; there are as many as sites have time zones. */
const formatters = new Map<string, Intl.DateTimeFormat>();

const dateIn = (timeZone: string, atMs: number): string => {
  let formatter = formatters.get(timeZone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
    formatters.set(timeZone, formatter);
  }
  return formatter.format(atMs);
};

/** Earliest quarter hour of the same date: days are 23 to 25 hours long, and all begin on a quarter hour. */
const startOfDate = (timeZone: string, atMs: number): number => {
  const date = dateIn(timeZone, atMs);
  let startMs = Math.floor(atMs / quarterMs) * quarterMs;
  while (dateIn(timeZone, startMs - hourMs) === date) startMs -= hourMs;
  while (dateIn(timeZone, startMs - quarterMs) === date) startMs -= quarterMs;
  return startMs;
};

export const localDay = (timeZone: string, atUs: number): LocalDay => {
  const fromMs = startOfDate(timeZone, atUs / 1000);
  // 26 hours on is always tomorrow, whatever the clocks do tonight.
  const toMs = startOfDate(timeZone, fromMs + 26 * hourMs);
  return { fromUs: fromMs * 1000, toUs: toMs * 1000 };
};
