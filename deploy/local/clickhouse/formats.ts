/**
 * Formats whose blocks, written one after the other, are the format of the whole. The engine writes each block of
 * a streamed result by itself; with a header, footer or separator that would come out once per block, so results
 * in all other formats are made whole first.
 */
export const concatenable: ReadonlySet<string> = new Set([
  'JSONEachRow',
  'JSONStringsEachRow',
  'JSONCompactEachRow',
  'JSONCompactStringsEachRow',
  'NDJSON',
  'JSONLines',
  'TabSeparated',
  'TSV',
  'TabSeparatedRaw',
  'TSVRaw',
  'CSV',
  'RowBinary',
  'Native',
  'LineAsString',
  'RawBLOB',
]);

/**
 * The format a query's result will have, or undefined where this cannot be told without knowing SQL. The word
 * may stand in a string, a comment or a name, so only a clause at the very end counts.
 */
export function formatOf(query: string, defaultFormat: string): string | undefined {
  if (!/\bformat\b/i.test(query)) return defaultFormat;
  if (/--|\/\*|#/.test(query)) return undefined;
  return /\bFORMAT\s+([A-Za-z]+)\s*;?\s*$/i.exec(query)?.[1];
}
