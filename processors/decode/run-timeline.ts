import { defaults } from '#schemas';
import type { TimelineState } from './types.ts';

/** Number and capture time of one record. */
export interface Stamp {
  readonly sequence: number;
  readonly capturedAtUs: number;
}

/**
 * The clock and the numbering of one run. Frames and ticks share one counter; capture time strictly grows.
 * A pure function of what is fed in and of the state, so that a run resumed from a saved state goes on with
 * the very same numbers.
 */
export interface RunTimeline {
  /** Ticks due before something captured then, each one second of capture time after the last. */
  ticksBefore(capturedAtUs: number): Stamp[];
  /** Next number at this capture time, moved up by a microsecond when time did not grow. */
  stamp(capturedAtUs: number): Stamp;
  /** True when this offset from the run's start is in a slot of 1/fps not taken yet; takes it. */
  wants(offsetUs: number): boolean;
  readonly state: TimelineState;
}

const tickUs = defaults.tickMs * 1000;
/** Containers round timestamps to as much as a millisecond: a frame this little before its slot is in it. */
const slotToleranceUs = 1000;

export const startTimeline = (anchorUs: number): TimelineState => ({
  anchorUs,
  nextSequence: 0,
  lastCapturedAtUs: anchorUs - 1,
  nextTickAtUs: anchorUs + tickUs,
  lastSlot: -1,
});

/** `fps` 0 takes every frame. */
export const createTimeline = (start: TimelineState, fps: number): RunTimeline => {
  let state = start;
  const stamp = (capturedAtUs: number): Stamp => {
    const stamped = {
      sequence: state.nextSequence,
      capturedAtUs: Math.max(capturedAtUs, state.lastCapturedAtUs + 1),
    };
    state = { ...state, nextSequence: stamped.sequence + 1, lastCapturedAtUs: stamped.capturedAtUs };
    return stamped;
  };
  return {
    stamp,
    ticksBefore(capturedAtUs) {
      const ticks: Stamp[] = [];
      while (state.nextTickAtUs <= capturedAtUs) {
        // A frame on the very second is common (10 fps); its tick goes one microsecond before it.
        const tickAtUs = Math.min(state.nextTickAtUs, capturedAtUs - 1);
        state = { ...state, nextTickAtUs: state.nextTickAtUs + tickUs };
        if (tickAtUs > state.lastCapturedAtUs) ticks.push(stamp(tickAtUs));
      }
      return ticks;
    },
    wants(offsetUs) {
      if (fps <= 0) return true;
      const slot = Math.floor(((offsetUs + slotToleranceUs) * fps) / 1e6);
      if (slot <= state.lastSlot) return false;
      state = { ...state, lastSlot: slot };
      return true;
    },
    get state() {
      return state;
    },
  };
};
