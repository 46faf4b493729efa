/** Instants and durations in words, on the clock of whoever looks. */

const sameDay = (one: Date, other: Date): boolean => one.toDateString() === other.toDateString();

/** `14:02:11` today, with the date when it was another day. */
export const instant = (atUs: number, nowMs: number): string => {
  const at = new Date(atUs / 1000);
  const time = at.toLocaleTimeString('en-GB');
  if (sameDay(at, new Date(nowMs))) return time;
  return `${at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })}, ${time}`;
};

const units: readonly (readonly [seconds: number, word: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** `3 min`, in the largest unit that fits. */
export const duration = (durationMs: number): string => {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  const [size, word] = units.find(([least]) => seconds >= least) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${word}`;
};

/** A sentence of its own. */
export const since = (atUs: number, nowMs: number): string =>
  `Since ${instant(atUs, nowMs)} (${duration(nowMs - atUs / 1000)}).`;

/** A few classes are irregular; others take an s, which is right for what models name. */
const plurals: Readonly<Record<string, string>> = { person: 'people', bus: 'buses' };
export const plural = (noun: string): string => plurals[noun] ?? `${noun}s`;
