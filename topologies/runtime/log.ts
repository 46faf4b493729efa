import { pino } from 'pino';

/**
 * JSON lines with a constant message and fields. INFO is lifecycle, WARN is odd but nothing lost,
 * ERROR is data lost or an operator needed. Never per record: that is what counters are for.
 */
export type Log = pino.Logger;

const secretFields = [
  'credentials',
  'password',
  'secretKey',
  'sasl',
  'authorization',
  'postgresUrl',
  'clickhouseUrl',
];

export interface LogOptions {
  readonly level: string;
  /** Fields of every line, e.g. `{ topology: 'analytics' }`. */
  readonly fields?: Readonly<Record<string, string | number>>;
  /** Where lines go: 1 is standard output, 2 standard error (command line tools print results on 1). */
  readonly descriptor?: 1 | 2;
}

export const createLog = ({ level, fields = {}, descriptor = 1 }: LogOptions): Log =>
  pino(
    {
      level,
      base: fields,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
      redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`]), censor: '[secret]' },
    },
    // Synchronous: the last line before a crash is the one that matters.
    pino.destination({ dest: descriptor, sync: true }),
  );
