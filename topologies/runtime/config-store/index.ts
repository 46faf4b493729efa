export {
  expiredEntries,
  markSent,
  outboxChannel,
  outboxRelayLock,
  removeEntries,
  unsentEntries,
} from './outbox.ts';
export type { OutboxEntry } from './outbox.ts';
export { keyIdOf, openSecret, sealSecret } from './secrets.ts';
export { splitSource } from './source.ts';
export type { SplitSource } from './source.ts';
export { openConfigStore } from './store.ts';
export type {
  CameraPatch,
  CameraToWrite,
  ConfigStore,
  ConfigStoreOptions,
  Versioned,
  Written,
} from './store.ts';
