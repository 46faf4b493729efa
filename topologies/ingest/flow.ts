import type { Processor } from '#processor';
import type { DecodeOutputs } from '#processors/decode';
import type { InferOutputs } from '#processors/infer';
import { SightlineError, topology } from '#runtime';
import { topics } from '#schemas';
import type { ConfigRecord, FrameRecord } from '#schemas';

export interface IngestProcessors {
  createInfer(): Processor<FrameRecord, InferOutputs>;
}

/** `decode` has cameras to look after, not records to answer: the ingest service hosts it itself. */
const hostedDecode = (): Processor<ConfigRecord, Pick<DecodeOutputs, 'frames' | 'status'>> => {
  throw new SightlineError('TOPOLOGY_INVALID', 'decode is hosted by the ingest service, not by the runner');
};

/** Cameras become pictures, pictures become detections. Pictures are never in a transaction. */
export const ingestFlow = ({ createInfer }: IngestProcessors) =>
  topology('ingest')
    .addSource('config', topics.config, { guarantee: 'at-least-once' })
    .addProcessor('decode', hostedDecode, { from: 'config' })
    .addSink('frames', topics.frames, { from: 'decode', stream: 'frames' })
    .addSink('decode-status', topics.cameraStatus, { from: 'decode', stream: 'status' })
    .addProcessor('infer', createInfer, { from: 'decode', stream: 'frames', concurrent: true })
    .addSink('detections', topics.detections, { from: 'infer', stream: 'detections' })
    .addSink('infer-status', topics.cameraStatus, { from: 'infer', stream: 'status' });
