export { createAssigner } from './assignment.ts';
export type { Assigner } from './assignment.ts';
export { trackDefaults } from './settings.ts';
export type { TrackSettings } from './settings.ts';
export { trackState } from './state.ts';
export type { TrackState } from './state.ts';
export { createTrack } from './track.ts';
export type { TrackOptions } from './track.ts';
