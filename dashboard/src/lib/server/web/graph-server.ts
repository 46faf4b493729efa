import type { IncomingMessage } from 'node:http';
import { GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { createYoga } from 'graphql-yoga';
import type { Plugin } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import type { Backend, GraphContext, Person } from '../graph/context.ts';
import { createGraphSchema } from '../graph/schema.ts';
import type { RequestContext } from '../graph/schema.ts';

/** GraphQL over HTTP and over graphql-ws, from one schema, for signed-in people. */
export interface GraphServer {
  readonly yoga: ReturnType<typeof createYoga<RequestContext, GraphContext>>;
  readonly sockets: WebSocketServer;
}

export type FindPerson = (request: IncomingMessage) => Promise<Person | undefined>;

/** Enough for every page at once, little enough that one connection cannot hold a server. */
const operationsPerSocketMax = 50;
const messageBytesMax = 256 * 1024;

const unauthenticated = (): GraphQLError =>
  new GraphQLError('Sign in first.', { extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } } });

const requirePerson: Plugin<GraphContext> = {
  onExecute({ args }) {
    if (!(args.contextValue as GraphContext).person) throw unauthenticated();
  },
};

export const createGraphServer = (backend: Backend, findPerson: FindPerson): GraphServer => {
  const schema = createGraphSchema();
  const yoga = createYoga<RequestContext, GraphContext>({
    schema,
    graphqlEndpoint: '/graphql',
    context: async ({ req }) => ({ ...backend, person: await findPerson(req) }),
    plugins: [requirePerson],
    graphiql: false,
    landingPage: false,
    logging: false,
    maskedErrors: {
      maskError(error, message) {
        if (error instanceof GraphQLError && error.extensions['code'] !== undefined) return error;
        // What the schema itself refuses says nothing of our insides.
        const inner = error instanceof GraphQLError ? error.originalError : error;
        if (inner === undefined || inner instanceof GraphQLError) return error as GraphQLError;
        backend.log.error({ error }, 'a request failed');
        return new GraphQLError(message, { extensions: { code: 'INTERNAL' } });
      },
    },
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: messageBytesMax });
  useServer(
    {
      schema,
      onConnect: async ({ extra }) => (await findPerson(extra.request)) !== undefined,
      onSubscribe: ({ subscriptions }) =>
        Object.keys(subscriptions).length > operationsPerSocketMax
          ? [new GraphQLError(`At most ${operationsPerSocketMax} operations a connection.`)]
          : undefined,
      context: async ({ extra }) => ({ ...backend, person: await findPerson(extra.request) }),
    },
    sockets,
  );
  return { yoga, sockets };
};
