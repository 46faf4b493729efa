import type { Kafka } from 'kafkajs';
import { chainsOf } from './chains.ts';
import type { Chain } from './chains.ts';
import { sleep } from './clock.ts';
import { SightlineError } from './errors.ts';
import type { Log } from './log.ts';
import { leaveGroup } from './leave-group.ts';
import { groupOf } from './task-context.ts';
import type { Topology } from './topology-types.ts';

/** A client id says which nodes a process runs, so that others can see it: `sightline:<topology>:<a+b>:<instance>`. */
export const clientIdOf = (topology: string, nodes: readonly string[], instance: string): string =>
  `sightline:${topology}:${nodes.join('+')}:${instance}`;

const nodesOf = (clientId: string, topology: string): string[] | undefined => {
  const [stem, name, nodes] = clientId.split(':');
  return stem === 'sightline' && name === topology && nodes ? nodes.split('+') : undefined;
};

const namesOf = (chain: Chain): string => chain.processors.map(({ name }) => name).join('+');

/** A chain of another process that shares a processor with one of ours but is cut differently. */
const conflictOf = (topology: Topology, ours: readonly Chain[], clientId: string): string | undefined => {
  const nodes = nodesOf(clientId, topology.name)?.filter((name) => topology.processors.has(name));
  if (!nodes) return undefined;
  for (const theirs of chainsOf(topology, nodes)) {
    const names = new Set(theirs.processors.map(({ name }) => name));
    const mine = ours.find(({ processors }) => processors.some(({ name }) => names.has(name)));
    if (mine && namesOf(mine) !== namesOf(theirs)) return namesOf(theirs);
  }
  return undefined;
};

export interface GuardOptions {
  readonly kafka: Kafka;
  readonly topology: Topology;
  readonly chains: readonly Chain[];
  readonly clientId: string;
  /** Empty: this process is not started again under the same name. */
  readonly instance: string;
  readonly topicPrefix: string;
  readonly log: Log;
}

interface Member {
  readonly groupId: string;
  readonly memberId: string;
  readonly clientId: string;
}

const membersOf = async ({ kafka, topology, topicPrefix }: GuardOptions): Promise<Member[]> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const groupIds = [...topology.processors.values()].map((head) =>
      groupOf({ topology, head }, topicPrefix),
    );
    const { groups } = await admin.describeGroups(groupIds);
    return groups.flatMap(({ groupId, members }) =>
      members.map(({ memberId, clientId }) => ({ groupId, memberId, clientId })),
    );
  } finally {
    await admin.disconnect();
  }
};

/**
 * A worker that was killed is still a member until its session expires, and the group waits for it. Its successor
 * has the same name and knows that it is dead.
 */
const removeDead = async (options: GuardOptions, members: readonly Member[]): Promise<void> => {
  const dead = members.filter(({ clientId }) => options.instance !== '' && clientId === options.clientId);
  if (dead.length === 0) return;
  for (const [groupId, gone] of Map.groupBy(dead, (member) => member.groupId)) {
    const memberIds = gone.map(({ memberId }) => memberId);
    await leaveGroup(options.kafka, groupId, memberIds);
    options.log.info({ groupId, memberIds }, 'removed the membership of the process before');
  }
};

const attempts = 4;
/** Long enough, all in all, for a dead process's session to expire. */
const waitMs = 2_500;

/**
 * Two processes must not run the same processor in chains cut differently: its state has one place to go on from.
 * Refuses with TOPOLOGY_BUSY, after waiting for members that may be dead.
 */
export const enterGroups = async (options: GuardOptions): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    const members = await membersOf(options);
    const others = members.filter(({ clientId }) => clientId !== options.clientId);
    const conflicts = others.map(({ clientId }) => conflictOf(options.topology, options.chains, clientId));
    const conflict = conflicts.find((names) => names !== undefined);
    if (conflict === undefined) return removeDead(options, members);
    if (attempt === attempts) {
      throw new SightlineError(
        'TOPOLOGY_BUSY',
        `${options.topology.name} is already run with the nodes ${conflict} in one process: stop that first, or choose the same nodes`,
      );
    }
    await sleep(waitMs);
  }
};
