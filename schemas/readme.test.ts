import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { topics } from '#schemas';

/** The table an integrator reads: the README's must be what the code says. */
const topicTable = (): string => {
  const rows = Object.values(topics).map((topic) => {
    const days = Number(topic.settings['retention.ms'] ?? 0) / 86_400_000;
    const kept = topic.settings['cleanup.policy']?.includes('compact')
      ? `compacted${days > 0 ? ` + ${days} d` : ''}`
      : days < 1
        ? `${days * 1440} min`
        : `${days} d`;
    return `| \`${topic.name}\` | ${topic.purpose} | \`avro/${topic.schema}.avsc\` | ${kept} |`;
  });
  return ['| topic | value | schema | kept |', '|---|---|---|---|', ...rows].join('\n');
};

it.each(['README.md', '../README.md'])('the topic table of %s is that of topics.ts', (file) => {
  const readme = readFileSync(join(import.meta.dirname, file), 'utf8');
  const table = /<!-- topics:begin -->\n+([\s\S]*?)\n+<!-- topics:end -->/.exec(readme)?.[1] ?? '';
  const normalise = (text: string): string =>
    text
      .replace(/ +\|/g, ' |')
      .replace(/-{3,}/g, '---')
      .replace(/\| ?---/g, '|---')
      .replace(/--- ?\|/g, '---|');
  expect(normalise(table)).toBe(normalise(topicTable()));
});
