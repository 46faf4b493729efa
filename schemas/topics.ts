import type { RecordTypes } from './generated/types.ts';

/** How Kafka keeps and places a topic. Names here carry no prefix; `topicName` adds it. */
export interface TopicSpecification<Name extends keyof RecordTypes = keyof RecordTypes> {
  /** Name without the installation's prefix. */
  readonly name: string;
  /** Avro schema of the value, a key of `avroSchemas`; its subject is `<topic>-value`. */
  readonly schema: Name;
  /** `keyed` topics share one partition count, fixed at installation, and place records by cameraId. */
  readonly partitions: 'keyed' | 1;
  /** Broker settings at creation. */
  readonly settings: Readonly<Record<string, string>>;
  /** One line for the README's topic table. */
  readonly purpose: string;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Appending time is what lateness is judged by, so producers cannot set it. */
const appendTime = { 'message.timestamp.type': 'LogAppendTime' };
const kept = (durationMs: number): Record<string, string> => ({
  ...appendTime,
  'retention.ms': String(durationMs),
});
/** State and configuration are read back whole at a takeover: small segments and a low dirty ratio keep that short. */
const compacted = {
  ...appendTime,
  'cleanup.policy': 'compact',
  'segment.bytes': String(16 * 1024 * 1024),
  'min.cleanable.dirty.ratio': '0.1',
};

const specify = <Name extends keyof RecordTypes>(
  name: string,
  schema: Name,
  settings: Record<string, string>,
  purpose: string,
  partitions: 'keyed' | 1 = 'keyed',
): TopicSpecification<Name> => ({ name, schema, partitions, settings, purpose });

/** Processors that keep state; each has a compacted topic `state-<processor>`. */
export const statefulProcessors = ['decode', 'track', 'dwell', 'rules', 'inspect'] as const;
export type StatefulProcessor = (typeof statefulProcessors)[number];

export const stateTopic = (processor: string): TopicSpecification<'state'> =>
  specify(`state-${processor}`, 'state', compacted, `state of ${processor} by camera, with its input offset`);

/** Every topic of the installation, the contract with integrators. */
export const topics = {
  frames: specify(
    'frames',
    'frames',
    {
      ...kept(minuteMs),
      'segment.ms': String(minuteMs / 2),
      'retention.bytes': String(512 * 1024 * 1024),
      'segment.bytes': String(64 * 1024 * 1024),
      'max.message.bytes': String(16 * 1024 * 1024),
    },
    'pictures, ticks and run ends of cameras',
  ),
  detections: specify('detections', 'detections', kept(dayMs), 'what the model saw in each frame'),
  tracks: specify('tracks', 'tracks', kept(dayMs), 'tracked boxes of each frame'),
  crossings: specify('crossings', 'crossings', kept(7 * dayMs), 'one track crossed one line'),
  visits: specify('visits', 'visits', kept(7 * dayMs), "one track's stay in one zone, entered and left"),
  occupancy: specify('occupancy', 'occupancy', kept(7 * dayMs), 'people in a zone, on change'),
  measures: specify('measures', 'measures', kept(7 * dayMs), "a camera's minute: presence, heat, paths"),
  inspections: specify('inspections', 'inspections', kept(7 * dayMs), 'the verdict on one part'),
  alerts: specify('alerts', 'alerts', kept(7 * dayMs), 'a rule fired, goes on, or is over'),
  cameraStatus: specify(
    'camera-status',
    'camera-status',
    { ...appendTime, 'cleanup.policy': 'compact,delete', 'retention.ms': String(7 * dayMs) },
    'state, rates and drops of each camera',
  ),
  config: specify('config', 'config', compacted, 'camera and site documents with their versions'),
  deadLetters: specify(
    'dead-letters',
    'dead-letters',
    kept(7 * dayMs),
    'records that could not be handled, with the original bytes',
    1,
  ),
} as const satisfies Record<string, TopicSpecification>;

export type TopicKey = keyof typeof topics;

/** Every topic to create: the contract's and one state topic for each stateful processor. */
export const allTopics: readonly TopicSpecification[] = [
  ...Object.values(topics),
  ...statefulProcessors.map(stateTopic),
];

/** Name on the broker, e.g. `sightline.crossings`. */
export const topicName = (topic: TopicSpecification, prefix: string): string => `${prefix}${topic.name}`;

/** Registry subject of a topic's values. */
export const subjectName = (topic: TopicSpecification, prefix: string): string =>
  `${topicName(topic, prefix)}-value`;
