export { createDecode } from './decode.ts';
export type {
  DecodeCheckpoint,
  DecodeCommand,
  DecodeOptions,
  DecodeOutputs,
  DecodeRun,
  SourcePosition,
  TimelineState,
} from './types.ts';
