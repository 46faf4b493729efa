/** Every way in which the embedded stack can fail to start, with a code to decide on and a text that says what to do. */
export type StackErrorCode =
  | 'aborted'
  | 'already-running'
  | 'artifact-unreachable'
  | 'artifact-corrupt'
  | 'child-not-ready'
  | 'child-gone'
  | 'java-missing'
  | 'no-free-port'
  | 'not-permitted'
  | 'step-failed';

export class StackError extends Error {
  readonly code: StackErrorCode;
  readonly retriable: boolean;

  constructor(code: StackErrorCode, message: string, options: { cause?: unknown; retriable?: boolean } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'StackError';
    this.code = code;
    this.retriable = options.retriable ?? false;
  }
}

/** The innermost reason of an error, in one line: fetch hides the real one behind "fetch failed". */
export function reasonOf(error: unknown): string {
  let current: unknown = error;
  while (current instanceof Error && current.cause instanceof Error) current = current.cause;
  if (current instanceof AggregateError && current.errors.length > 0) return reasonOf(current.errors[0]);
  if (!(current instanceof Error)) return String(current);
  const code = (current as NodeJS.ErrnoException).code;
  return code && !current.message.includes(code) ? `${current.message} (${code})` : current.message;
}
