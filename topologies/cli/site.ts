import type { Command } from 'commander';
import { validateSite } from '#schemas';
import type { ConfigStore } from '#runtime';
import { table, withStore } from './store.ts';

/** The site of cameras that were given none. */
const defaultSiteId = 'default';

/** The time zone of this machine, where it has one that sites can have. */
const localTimeZone = (): string => {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return validateSite({ siteId: 'x', name: 'x', timeZone }).ok ? timeZone : 'UTC';
};

/** Makes the default site, in this machine's time zone, when a camera is to go there and it is not there yet. */
export const ensureDefaultSite = async (store: ConfigStore, siteId: string): Promise<void> => {
  if (siteId !== defaultSiteId) return;
  const sites = await store.listSites();
  if (sites.some(({ document }) => document.siteId === siteId)) return;
  await store.putSite({ siteId, name: 'Default site', timeZone: localTimeZone() });
};

const addSite = (
  siteId: string,
  options: { name?: string; timeZone?: string; json?: boolean },
): Promise<void> =>
  withStore(async (store) => {
    const before = (await store.listSites()).find(({ document }) => document.siteId === siteId);
    const { version, document } = await store.putSite({
      siteId,
      name: options.name ?? before?.document.name ?? siteId,
      timeZone: options.timeZone ?? before?.document.timeZone ?? localTimeZone(),
    });
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ ...document, version })}\n`
        : `Site ${siteId} (${document.name}) is in ${document.timeZone}, version ${version}.\n`,
    );
  });

const listSites = (options: { json?: boolean }): Promise<void> =>
  withStore(async (store) => {
    const sites = await store.listSites();
    if (options.json)
      process.stdout.write(
        `${JSON.stringify(sites.map(({ document, version }) => ({ ...document, version })))}\n`,
      );
    else
      process.stdout.write(
        table([
          ['ID', 'NAME', 'TIME ZONE'],
          ...sites.map(({ document }) => [document.siteId, document.name, document.timeZone]),
        ]),
      );
  });

export const registerSite = (program: Command): void => {
  const site = program.command('site').description('add, change and list sites');
  site
    .command('add')
    .argument('<id>', 'letters, digits, dots, dashes, underscores')
    .description('add or change a site')
    .option('--name <name>', 'for people; the id when left out')
    .option(
      '--time-zone <zone>',
      "IANA time zone of its hours and days, e.g. Europe/Berlin; this machine's when left out",
    )
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      "\nExample:\n  $ sightline site add berlin --name 'Berlin Mitte' --time-zone Europe/Berlin",
    )
    .action(addSite);
  site
    .command('list')
    .description('list sites')
    .option('--json', 'one JSON array')
    .addHelpText('after', '\nExample:\n  $ sightline site list')
    .action(listSites);
};
