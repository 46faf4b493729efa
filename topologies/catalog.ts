import type { Service } from '#runtime';

/**
 * Everything `run` and `describe` know, by name. Loaded on demand, so that a process carries only what it runs:
 * the analytics process never loads the model runtime.
 */
const entries = {
  ingest: async () => (await import('./ingest.ts')).service,
  analytics: async () => (await import('./analytics.ts')).service,
  rollup: async () => (await import('./rollup.ts')).service,
  relay: async () => (await import('./relay.ts')).service,
} as const satisfies Record<string, () => Promise<Service>>;

export type ServiceName = keyof typeof entries;

export const serviceNames = Object.keys(entries) as ServiceName[];

export const isServiceName = (name: string): name is ServiceName => Object.hasOwn(entries, name);

export const loadService = (name: ServiceName): Promise<Service> => entries[name]();
