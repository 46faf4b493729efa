import type { DeadLetter } from '#schemas';
import { nowUs } from './clock.ts';
import { isSightlineError, messageOf } from './errors.ts';

/** A record as the consumer got it. */
export interface InputRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export interface Origin {
  readonly topology: string;
  readonly node: string;
  readonly topic: string;
  readonly partition: number;
}

const messageLengthMax = 1_000;
/** The broker takes records up to 1 MiB; a longer original is cut, which its schema frame will tell. */
const bytesMax = 800_000;
const cut = (bytes: Buffer | null): Buffer | null => bytes && bytes.subarray(0, bytesMax);

/** What is kept of a record that could not be handled: its bytes, where it was, and why. */
export const deadLetterOf = (
  origin: Origin,
  record: InputRecord,
  stage: 'deserialize' | 'process' | 'produce',
  error: unknown,
): DeadLetter => ({
  topic: origin.topic,
  partition: origin.partition,
  offset: Number(record.offset),
  key: cut(record.key),
  value: cut(record.value),
  topology: origin.topology,
  node: origin.node,
  stage,
  code: isSightlineError(error) ? error.code : 'PROCESSOR_FAILED',
  message: messageOf(error).slice(0, messageLengthMax),
  failedAtUs: nowUs(),
});

export const deadLetterKey = (letter: Pick<DeadLetter, 'topic' | 'partition' | 'offset'>): string =>
  `${letter.topic}/${letter.partition}/${letter.offset}`;
