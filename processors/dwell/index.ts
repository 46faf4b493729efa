export { dwellState } from './codec.ts';
export { createDwell } from './dwell.ts';
export type { DwellOutputs } from './observe.ts';
export type { DwellState } from './state.ts';
