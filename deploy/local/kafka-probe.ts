import { connect } from 'node:net';

const metadataApiKey = 3;
const metadataApiVersion = 5;
const timeoutMs = 2_000;

/** A Metadata request without topics: it asks only for the brokers and the controller. */
function metadataRequest(): Buffer {
  const client = Buffer.from('sightline-probe');
  const body = Buffer.alloc(4 + 2 + 2 + 4 + 2 + client.length + 4 + 1);
  let at = body.writeInt32BE(body.length - 4, 0);
  at = body.writeInt16BE(metadataApiKey, at);
  at = body.writeInt16BE(metadataApiVersion, at);
  at = body.writeInt32BE(1, at);
  at = body.writeInt16BE(client.length, at);
  at += client.copy(body, at);
  at = body.writeInt32BE(0, at);
  body.writeInt8(0, at);
  return body;
}

/** Skips to the controller's id: correlation id, throttle time, brokers (id, host, port, rack), cluster id. */
function controllerId(response: Buffer): number {
  let at = 4 + 4;
  const string = () => {
    const length = response.readInt16BE(at);
    at += 2 + Math.max(length, 0);
  };
  const brokers = response.readInt32BE(at);
  at += 4;
  if (brokers === 0) return -1;
  for (let index = 0; index < brokers; index += 1) {
    at += 4;
    string();
    at += 4;
    string();
  }
  string();
  return response.readInt32BE(at);
}

/**
 * Whether a broker answers and knows its controller, asked in Kafka's own protocol: this folder has no Kafka
 * client, and an open port alone comes before the broker can serve.
 */
export function kafkaAnswers(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let received = Buffer.alloc(0);
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no answer')));
    socket.on('error', reject);
    socket.on('close', () => resolve(false));
    socket.on('connect', () => socket.write(metadataRequest()));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      socket.destroy();
      resolve(controllerId(received.subarray(4)) >= 0);
    });
  });
}
