import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadService, serviceNames } from './catalog.ts';

/** The README's picture is the one that `npm run topology` prints. */
it.each(serviceNames)('the README shows the dataflow of %s as it is', async (name) => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const service = await loadService(name);
  expect(readme).toContain(`\`\`\`mermaid\n${service.describe('mermaid').trim()}\n\`\`\``);
});
