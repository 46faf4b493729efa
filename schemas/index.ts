export { blankCameraStatus } from './camera-status.ts';
export { codecs } from './codec.ts';
export type { RecordCodec } from './codec.ts';
export {
  cameraDocumentSchema,
  configKey,
  siteDocumentSchema,
  triggeringAnchors,
  validateCamera,
  validateSite,
} from './config.ts';
export type { CameraDocumentInput, SiteDocumentInput, TriggeringAnchor, Validated } from './config.ts';
export { defaults } from './defaults.ts';
export { avroSchemas } from './generated/types.ts';
export type {
  Alert,
  CameraDocument,
  CameraSource,
  CameraStatus,
  ConfigRecord,
  Crossing,
  DeadLetter,
  DetectedFrame,
  Detection,
  DetectionRecord,
  FramePicture,
  FrameRecord,
  HeatCell,
  Inspection,
  LatencyStamps,
  Line,
  Mask,
  Measure,
  Occupancy,
  PathPoint,
  Point,
  ProcessorState,
  RecordTypes,
  RunEnd,
  SiteDocument,
  Track,
  TrackPath,
  TrackRecord,
  TrackedFrame,
  Visit,
  Zone,
  ZoneMinute,
} from './generated/types.ts';
export { modelIdOf, modelManifestSchema } from './model-manifest.ts';
export type { ModelManifest } from './model-manifest.ts';
export { allTopics, stateTopic, statefulProcessors, subjectName, topicName, topics } from './topics.ts';
export type { StatefulProcessor, TopicKey, TopicSpecification } from './topics.ts';
