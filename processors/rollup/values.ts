/**
 * Values as ClickHouse's JSONEachRow reads them. A value that a column cannot hold is refused here,
 * where one record is at hand, and not by an insert of ten thousand.
 */

const secondUs = 1_000_000;
/** Rollups keep seconds in 32 bits: nothing after 2106-02-07. */
const instantUsMax = 0xffff_ffff * secondUs;

/**
 * Microseconds since epoch as `seconds.micros`, exact. Throws RangeError outside 1970–2106.
 * Ten digits of seconds, always: ClickHouse takes shorter numbers for years.
 */
export const instant = (field: string, atUs: number): string => {
  if (!Number.isSafeInteger(atUs) || atUs < 0 || atUs > instantUsMax)
    throw new RangeError(`${field}: ${atUs} is not an instant between 1970 and 2106, microseconds`);
  const seconds = Math.floor(atUs / secondUs);
  return `${String(seconds).padStart(10, '0')}.${String(atUs - seconds * secondUs).padStart(6, '0')}`;
};

export const instantOrNull = (field: string, atUs: number | null | undefined): string | null =>
  atUs === null || atUs === undefined ? null : instant(field, atUs);

/** A whole number from 0 to `most` (default: what a JS number holds exactly). Throws RangeError. */
export const whole = (field: string, value: number, most: number = Number.MAX_SAFE_INTEGER): number => {
  if (!Number.isSafeInteger(value) || value < 0 || value > most)
    throw new RangeError(`${field}: ${value} is not a whole number from 0 to ${most}`);
  return value;
};

/** A finite number. Throws RangeError: JSON has no NaN, and a silent 0 would be a lie. */
export const finite = (field: string, value: number): number => {
  if (!Number.isFinite(value)) throw new RangeError(`${field}: ${value} is not a finite number`);
  return value;
};

export const uint16Max = 0xffff;
export const uint32Max = 0xffff_ffff;
