import type { Kafka } from 'kafkajs';
import { createCluster } from './kafkajs-patches.ts';

/**
 * Takes dead members out of a group, so that the others need not wait for their sessions to expire. Only for
 * members known to be dead: of a process before this one, or of a consumer that has given up.
 */
export const leaveGroup = async (
  kafka: Kafka,
  groupId: string,
  memberIds: readonly string[],
): Promise<void> => {
  const cluster = createCluster(kafka);
  try {
    await cluster.connect();
    for (const memberId of memberIds) {
      const coordinator = await cluster.findGroupCoordinator({ groupId });
      await coordinator.leaveGroup({ groupId, memberId });
    }
  } finally {
    await cluster.disconnect();
  }
};
