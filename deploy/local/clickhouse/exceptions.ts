/** The server's own table of codes that mean something to HTTP; every other code is a 500. */
const statusByCode = new Map<number, number>([
  ...[192, 193, 194, 497, 516].map((code) => [code, code === 194 || code === 516 ? 401 : 403] as const),
  // Bad queries and bad data.
  ...[6, 26, 27, 36, 38, 41, 42, 43, 53, 62, 69, 70, 72, 117, 131, 167, 168, 350, 441, 456, 457].map(
    (code) => [code, 400] as const,
  ),
  // Things that are not there.
  ...[16, 46, 47, 48, 50, 56, 60, 63, 73, 81, 115, 511].map((code) => [code, 404] as const),
  [48, 501],
  [164, 500],
  [209, 408],
  [202, 503],
  [241, 500],
  [413, 413],
]);

export interface ClickHouseException {
  code: number;
  status: number;
  /** The text as the server sends it, ending in the version and a line break. */
  text: string;
}

/** Anything that went wrong, as the server would put it. What is no engine error gets the code "unknown". */
export function toException(error: unknown, version: string): ClickHouseException {
  const message = (error instanceof Error ? error.message : String(error)).trim();
  const code = Number(/^Code: (\d+)\./.exec(message)?.[1] ?? 1002);
  const body = message.startsWith('Code: ')
    ? message
    : `Code: ${code}. DB::Exception: ${message} (UNKNOWN_EXCEPTION)`;
  const text = / \(version [^)]*\)+$/.test(body) ? body : `${body} (version ${version} (embedded build))`;
  return { code, status: statusByCode.get(code) ?? 500, text: `${text}\n` };
}

export function exception(code: number, name: string, message: string): Error {
  return new Error(`Code: ${code}. DB::Exception: ${message} (${name})`);
}
