import { describe, expect, test } from 'vitest';
import { parseConfig } from './config.ts';

const complete = {
  SIGHTLINE_KAFKA_BROKERS: '127.0.0.1:9092, 127.0.0.1:9093',
  SIGHTLINE_REGISTRY_URL: 'http://127.0.0.1:8081/apis/ccompat/v7/',
  SIGHTLINE_POSTGRES_URL: 'postgres://sightline:secret@127.0.0.1:5432/sightline',
  SIGHTLINE_CLICKHOUSE_URL: 'http://127.0.0.1:8123',
  SIGHTLINE_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
};

describe('the settings', () => {
  test('have defaults for everything but addresses and the key', () => {
    expect(parseConfig(complete)).toMatchObject({
      kafka: { brokers: ['127.0.0.1:9092', '127.0.0.1:9093'], tls: false, sasl: null },
      registryUrl: 'http://127.0.0.1:8081/apis/ccompat/v7',
      clickhouseDatabase: 'sightline',
      topicPrefix: 'sightline.',
      partitions: 2,
      commitPaceMs: 25,
      logLevel: 'info',
    });
  });

  test('are frozen', () => {
    expect(Object.isFrozen(parseConfig(complete))).toBe(true);
  });

  test('take SASL and TLS', () => {
    const { kafka } = parseConfig({
      ...complete,
      SIGHTLINE_KAFKA_TLS: 'true',
      SIGHTLINE_KAFKA_SASL_MECHANISM: 'scram-sha-512',
      SIGHTLINE_KAFKA_USERNAME: 'me',
      SIGHTLINE_KAFKA_PASSWORD: 'hidden',
    });
    expect(kafka).toMatchObject({ tls: true, sasl: { mechanism: 'scram-sha-512', username: 'me' } });
  });

  test('name every problem in one message, and no value', () => {
    const parse = (): unknown =>
      parseConfig({
        ...complete,
        SIGHTLINE_KAFKA_BROKERS: undefined,
        SIGHTLINE_PARTITIONS: 'two',
        SIGHTLINE_SECRET_KEY: 'c2VjcmV0',
      });
    expect(parse).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(parse).toThrow(
      /SIGHTLINE_KAFKA_BROKERS: is not set[^]*SIGHTLINE_PARTITIONS: must be a number[^]*SIGHTLINE_SECRET_KEY: must be 32 bytes/,
    );
    expect(parse).not.toThrow(/c2VjcmV0/);
  });
});
