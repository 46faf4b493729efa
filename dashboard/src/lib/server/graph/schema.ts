import type { IncomingMessage } from 'node:http';
import { readFileSync } from 'node:fs';
import { GraphQLScalarType } from 'graphql';
import { createSchema } from 'graphql-yoga';
import type { GraphContext } from './context.ts';
import { mutations } from './mutations.ts';
import { queries } from './queries.ts';
import { subscriptions } from './subscriptions.ts';

const whole = (value: unknown): number => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new TypeError('a Long is a whole number that JavaScript can hold exactly');
};

/** GraphQL's Int has 32 bits, too few for instants. */
const Long = new GraphQLScalarType({ name: 'Long', serialize: whole, parseValue: whole });

/** The SDL is the contract and lies with the others, in schemas/graphql. */
const sdlFile = new URL('../../../../../schemas/graphql/sightline.graphql', import.meta.url);

/** What a request over HTTP brings along. */
export interface RequestContext {
  readonly req: IncomingMessage;
}

export const createGraphSchema = () =>
  createSchema<RequestContext & GraphContext>({
    typeDefs: readFileSync(sdlFile, 'utf8'),
    resolvers: { Long, Query: queries, Mutation: mutations, Subscription: subscriptions },
  });
