/** What the person asked for cannot be done as asked: exit code 2, and the message says what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** 2 when the request was wrong, 1 when something failed while doing it. */
export const exitCodeOf = (error: unknown): 1 | 2 => (error instanceof UsageError ? 2 : 1);

/** One line for people on standard error; the stack only for bugs, which are ours to read. */
export const printError = (error: unknown): void => {
  const expected = error instanceof UsageError || (error instanceof Error && 'code' in error);
  const text =
    error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`sightline: ${text}\n`);
};
