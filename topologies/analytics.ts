import { createDwell, dwellState } from '#processors/dwell';
import { createTrack, trackState } from '#processors/track';
import { serviceOf, topology } from '#runtime';
import { topics } from '#schemas';

/** Detections become tracks, tracks become business events. Exactly once, one camera always in order. */
export const analytics = topology('analytics')
  .addSource('detections', topics.detections)
  .addStateStore('track', trackState)
  .addStateStore('dwell', dwellState)
  .addProcessor('track', (store) => createTrack(store), { from: 'detections', state: 'track' })
  .addSink('tracks', topics.tracks, { from: 'track', stream: 'tracks' })
  .addProcessor('dwell', (store) => createDwell(store), { from: 'track', stream: 'tracks', state: 'dwell' })
  .addSink('crossings', topics.crossings, { from: 'dwell', stream: 'crossings' })
  .addSink('visits', topics.visits, { from: 'dwell', stream: 'visits' })
  .addSink('occupancy', topics.occupancy, { from: 'dwell', stream: 'occupancy' })
  .addSink('measures', topics.measures, { from: 'dwell', stream: 'measures' });

export const service = serviceOf(
  analytics,
  'detections become tracks, tracks become crossings, visits, occupancy',
);
