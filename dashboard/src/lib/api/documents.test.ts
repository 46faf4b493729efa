import { readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { documents } from './documents.ts';

const sdl = new URL('../../../../schemas/graphql/sightline.graphql', import.meta.url);
const schema = buildSchema(readFileSync(sdl, 'utf8'));

describe('operations of the pages', () => {
  it.each(Object.entries(documents))('%s is what the contract offers', (_, document) => {
    expect(validate(schema, parse(document))).toEqual([]);
  });
});
