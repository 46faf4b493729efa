import { topics } from '#schemas';
import { followTopic, messageOf, partitionCountOf, partitionOf, sleep } from '#runtime';
import type { Kafka, Log, RecordFormat, StoredRecord, TopicFollower } from '#runtime';
import type { RecordTypes, TopicSpecification } from '#schemas';
import type { CameraBoard } from './camera-board.ts';
import type { PictureHub } from './picture-hub.ts';

/** One reader a topic and process, whatever the number of clients: they share what it heard. */
export interface Following {
  /** Reads pictures of exactly those partitions that somebody looks at. */
  pictureViewersChanged(): void;
  stop(): Promise<void>;
}

export interface FollowOptions {
  readonly kafka: Kafka;
  readonly format: RecordFormat;
  readonly topicPrefix: string;
  readonly partitions: number;
  readonly board: CameraBoard;
  readonly hub: PictureHub;
  readonly log: Log;
  onConfigChanged(): void;
}

/** Enough to find the newest report of each camera, which is repeated every two seconds. */
const statusBack = 2_000;
/** Occupancy is written on change only, so the newest of a quiet zone lies further back. */
const occupancyBack = 20_000;
/** So that a camera that is paused or over still shows, to who draws on it, what it saw last. */
const picturesBack = 40;
const retryMs = 1_000;

export const startFollowing = (options: FollowOptions): Following => {
  const { kafka, format, topicPrefix, board, hub, log } = options;
  const stopping = new AbortController();
  const common = { kafka, format, topicPrefix, log };

  /** The broker may not be there yet; the page says so meanwhile. */
  const followAll = async (follower: TopicFollower, count: number, back: number): Promise<void> => {
    for (let partition = 0; partition < count;) {
      if (stopping.signal.aborted) return;
      try {
        await follower.follow(partition, back);
        partition++;
      } catch (error) {
        log.warn({ detail: messageOf(error) }, 'a topic cannot be read yet, trying again');
        await sleep(retryMs, stopping.signal);
      }
    }
  };
  const follow = <Name extends keyof RecordTypes>(
    topic: TopicSpecification<Name>,
    back: number,
    onRecord: (record: RecordTypes[Name], stored: StoredRecord) => void,
    onRound?: () => void,
  ): TopicFollower => {
    const follower = followTopic({ ...common, topic, onRecord, ...(onRound ? { onRound } : {}) });
    void followAll(follower, partitionCountOf(topic, options.partitions), back);
    return follower;
  };

  const followers = [
    follow(
      topics.cameraStatus,
      statusBack,
      (status, { appendedAtMs }) => board.heardStatus(status, appendedAtMs),
      board.heardBroker,
    ),
    follow(topics.occupancy, occupancyBack, board.heardOccupancy),
    follow(topics.config, 0, options.onConfigChanged),
    follow(topics.tracks, 0, (record) => {
      board.heardTracks(record);
      hub.heardTracks(record);
    }),
  ];
  const pictures = followTopic({ ...common, topic: topics.frames, onRecord: hub.heardFrame });
  const followedPictures = new Set<number>();
  const following: Following = {
    pictureViewersChanged() {
      const count = partitionCountOf(topics.frames, options.partitions);
      const wanted = new Set([...hub.watched()].map((cameraId) => partitionOf(cameraId, count)));
      for (const partition of followedPictures) {
        if (wanted.has(partition)) continue;
        followedPictures.delete(partition);
        pictures.unfollow(partition);
      }
      for (const partition of wanted) {
        if (followedPictures.has(partition)) continue;
        followedPictures.add(partition);
        pictures.follow(partition, picturesBack).catch((error: unknown) => {
          log.warn({ detail: messageOf(error) }, 'pictures cannot be read yet');
          followedPictures.delete(partition);
          if (!stopping.signal.aborted) setTimeout(following.pictureViewersChanged, retryMs).unref();
        });
      }
    },
    async stop() {
      stopping.abort();
      await Promise.all([...followers, pictures].map((follower) => follower.stop()));
    },
  };
  return following;
};
