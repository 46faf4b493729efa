import { topics } from '#schemas';
import {
  createKafka,
  createRecordProducer,
  createRegistry,
  isSightlineError,
  messageOf,
  nowMs,
  sleep,
} from '#runtime';
import type { Service, ServiceContext } from '#runtime';
import { openRelaySession } from './relay/connection.ts';
import type { RelaySession } from './relay/connection.ts';
import { createOutboxRelay } from './relay/outbox-relay.ts';
import type { OutboxRelay } from './relay/outbox-relay.ts';

/** Notices may be lost with a connection; a look at the table this often finds what they told of. */
const pollMs = 500;
const backOffMs = 500;
const expireEveryMs = 3_600_000;

interface Progress {
  waitingFor: string | undefined;
}

/** One session's life: stands by until it leads, then sends after every notice. Returns when stopped, throws when broken. */
const relayOn = async (
  session: RelaySession,
  relay: OutboxRelay,
  progress: Progress,
  { log, signal }: { log: ServiceContext['log']; signal: AbortSignal },
): Promise<void> => {
  let leading = false;
  let expiredAtMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    if (await session.lead()) {
      if (!leading) log.info('relaying configuration');
      leading = true;
      await relay.drain(session.client);
      if (nowMs() - expiredAtMs > expireEveryMs) {
        expiredAtMs = nowMs();
        await relay.expire(session.client);
      }
    }
    // Standing by beside a relay that works is being ready too.
    progress.waitingFor = undefined;
    await session.wait(pollMs, signal);
  }
};

const start = async (context: ServiceContext) => {
  const { config, log, metrics } = context;
  const kafka = createKafka({ config, log, clientId: 'sightline-relay' });
  const format = createRegistry({ url: config.registryUrl, topicPrefix: config.topicPrefix });
  const { topicPrefix, partitions } = config;
  const producer = createRecordProducer({ kafka, format, topicPrefix, partitions });
  const relay = createOutboxRelay({ producer, topicPrefix, partitions, log, metrics });
  const progress: Progress = { waitingFor: 'starting' };
  const stopping = new AbortController();

  const run = async (): Promise<void> => {
    await producer.start([topics.config]);
    while (!stopping.signal.aborted) {
      let session: RelaySession | undefined;
      try {
        session = await openRelaySession(config.postgresUrl);
        await relayOn(session, relay, progress, { log, signal: stopping.signal });
      } catch (error) {
        // Whatever broke, nothing is lost: what is not marked as sent is sent again.
        if (progress.waitingFor === undefined)
          log.warn(
            { error, code: isSightlineError(error) ? error.code : '' },
            'configuration is not relayed',
          );
        progress.waitingFor = messageOf(error);
        await sleep(backOffMs, stopping.signal);
      } finally {
        await session?.close();
      }
    }
  };
  const running = run().catch((error: unknown) => {
    if (!stopping.signal.aborted) context.fatal(error);
  });
  return {
    notReady: () => progress.waitingFor,
    async stop() {
      stopping.abort();
      await running;
      await producer.stop();
    },
  };
};

const picture = {
  text: 'topology relay\n  Postgres config_outbox -> config, in the order of commits, at least once',
  mermaid:
    'flowchart LR\n  store_outbox[(Postgres config_outbox)] --> processor_relay[relay] --> topic_config([config])',
} as const;

/** The outbox to the `config` topic, in the order of commits. Any number may run; one works, the others stand by. */
export const service: Service = {
  name: 'relay',
  summary: 'brings configuration from Postgres to the config topic',
  nodes: ['relay'],
  describe: (format) => picture[format],
  start,
};
