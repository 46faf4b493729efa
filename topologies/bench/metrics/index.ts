export { clearMetrics, combineClear } from './clear.ts';
export type { ClearMetrics } from './clear.ts';
export { combineHota, hotaMetrics } from './hota.ts';
export type { HotaMetrics } from './hota.ts';
export { combineIdentity, identityMetrics } from './identity.ts';
export type { IdentityMetrics } from './identity.ts';
export { compareBoxes, overlap } from './sequence.ts';
export type { IdentifiedBox, ScoredSequence } from './sequence.ts';
