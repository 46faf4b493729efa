import { createDwell, dwellState } from '#processors/dwell';
import { createTrack, trackState } from '#processors/track';
import { serviceOf, topology } from '#runtime';
import type { Service } from '#runtime';
import { topics } from '#schemas';
import { watchSilence } from './silence/index.ts';

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

const tracking = serviceOf(analytics, 'detections become tracks, tracks become crossings, visits, occupancy');

/** Whoever tracks a camera also says so on the log when nothing is heard of it. */
export const service: Service = {
  ...tracking,
  async start(context) {
    const running = await tracking.start(context);
    if (!context.nodes.includes('track')) return running;
    const silence = watchSilence(context);
    return {
      notReady: () => running.notReady() ?? silence.notReady(),
      async stop() {
        await Promise.all([running.stop(), silence.stop()]);
      },
    };
  },
};
