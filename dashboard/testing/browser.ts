import sparticuz from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

/** A real Chromium: the one from npm on Linux, the Chrome of the machine elsewhere. */
export const launchBrowser = async (): Promise<Browser> =>
  process.platform === 'linux'
    ? chromium.launch({
        executablePath: await sparticuz.executablePath(),
        // Not the package's own list, which is for one short-lived page: it has one process and no web security.
        args: ['--no-sandbox', '--disable-dev-shm-usage'],
      })
    : chromium.launch({ channel: 'chrome' });
