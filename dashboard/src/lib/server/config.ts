import { join } from 'node:path';
import { z } from 'zod';
import { loadConfig } from '#runtime';
import type { Config } from '#runtime';

/** Settings of the dashboard's process: those of every service, and where it listens. */
export interface DashboardConfig extends Config {
  /** Loopback unless said otherwise: whoever reaches it should be meant to. */
  readonly httpHost: string;
  /** Address people type when a proxy stands in front, e.g. `https://sightline.example`; null: as they typed it. */
  readonly publicUrl: URL | null;
  /** Where the setup token lies until the first account is made, so that the launcher can print the link. */
  readonly setupTokenFile: string;
}

const environment = z.object({
  SIGHTLINE_HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  SIGHTLINE_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
});

export const loadDashboardConfig = (): DashboardConfig => {
  const config = loadConfig();
  const values = environment.parse(process.env);
  return Object.freeze({
    ...config,
    httpHost: values.SIGHTLINE_HTTP_HOST,
    publicUrl: values.SIGHTLINE_PUBLIC_URL === undefined ? null : new URL(values.SIGHTLINE_PUBLIC_URL),
    setupTokenFile: join(config.dataDir, 'setup-token'),
  });
};
