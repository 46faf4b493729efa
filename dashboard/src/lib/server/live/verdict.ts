import type { CameraStatus } from '#schemas';

/**
 * What the screen says about a camera, in words an operator can act on. One pure function, so that every page and
 * every client says the same. Silence is judged by when this server heard something, not by clocks of others.
 */
export type VerdictState = 'live' | 'connecting' | 'offline' | 'ended' | 'paused' | 'waiting' | 'stale';

export interface Verdict {
  readonly state: VerdictState;
  /** A few words, e.g. `Offline`. */
  readonly headline: string;
  /** What is wrong; empty when all is well. */
  readonly detail: string;
  /** What to do about it; empty when there is nothing to do. */
  readonly advice: string;
  /** Since when it is so; null when unknown. */
  readonly sinceUs: number | null;
}

/** A part of the path that stopped, named by what it means for the numbers on the screen. */
export interface Outage {
  readonly part: 'kafka' | 'detection' | 'counting';
  readonly detail: string;
  readonly advice: string;
  readonly sinceUs: number;
}

/** When this server last heard what, wall clock, microseconds. */
export interface Heard {
  readonly decodeAtUs: number | undefined;
  readonly inferAtUs: number | undefined;
  readonly tracksAtUs: number | undefined;
  readonly brokerAtUs: number;
  /** Since when this server listens: before, silence means nothing. */
  readonly listeningSinceUs: number;
}

export interface VerdictInput {
  readonly enabled: boolean;
  readonly hasModel: boolean;
  readonly status: CameraStatus | undefined;
  readonly heard: Heard;
  readonly nowUs: number;
}

/** Services repeat their status every 2 s and a live run ticks every second. */
export const silenceAfterUs = 7_000_000;

const restartAdvice = 'The supervisor restarts it by itself; if this stays, look at its log.';

const offline = (status: CameraStatus, headline: string, advice: string): Verdict => ({
  state: 'offline',
  headline,
  detail: status.message,
  advice,
  sinceUs: status.stateSinceUs,
});

const byState = (status: CameraStatus): Verdict => {
  const sinceUs = status.stateSinceUs;
  switch (status.state) {
    case 'online':
      return { state: 'live', headline: 'Live', detail: status.message, advice: '', sinceUs };
    case 'connecting':
      return { state: 'connecting', headline: 'Connecting', detail: status.message, advice: '', sinceUs };
    case 'ended':
      return {
        state: 'ended',
        headline: 'Played to its end',
        detail: 'The recording is over; its counts stay.',
        advice: '',
        sinceUs,
      };
    case 'disabled':
      return {
        state: 'paused',
        headline: 'Paused',
        detail: '',
        advice: 'Resume it to count again.',
        sinceUs,
      };
    case 'stalled':
      return offline(
        status,
        'No picture',
        'The camera is reachable but sends nothing: check the camera itself.',
      );
    case 'unreachable':
      return offline(
        status,
        'Offline',
        'Check power and network of the camera; it is tried again by itself.',
      );
    case 'authFailed':
      return offline(status, 'Refused', 'The camera refuses user or password: enter them again.');
    default:
      return offline(status, 'Failed', 'It is tried again by itself; if this stays, check the source.');
  }
};

export const judge = ({ enabled, status, heard, nowUs }: VerdictInput): Verdict => {
  if (!enabled)
    return {
      state: 'paused',
      headline: 'Paused',
      detail: 'Nothing is decoded or counted.',
      advice: 'Resume it to count again.',
      sinceUs: null,
    };
  const decodeAtUs = heard.decodeAtUs ?? heard.listeningSinceUs;
  const silent = nowUs - decodeAtUs > silenceAfterUs;
  const settled = status?.state === 'ended' || status?.state === 'disabled';
  if (silent && !settled)
    return {
      state: 'stale',
      headline: 'Not known',
      detail: 'The decode service (ingest) does not answer.',
      advice: restartAdvice,
      sinceUs: decodeAtUs,
    };
  if (!status)
    return {
      state: 'waiting',
      headline: 'Starting',
      detail: 'Waiting for the first sign of life.',
      advice: '',
      sinceUs: null,
    };
  return byState(status);
};

/** What of the path is down although the camera itself is fine. */
export const outagesOf = ({ hasModel, status, heard, nowUs }: VerdictInput): Outage[] => {
  const silentSince = (atUs: number | undefined, graceFromUs: number): number | undefined => {
    const lastUs = Math.max(atUs ?? 0, graceFromUs);
    return nowUs - lastUs > silenceAfterUs ? lastUs : undefined;
  };
  const broker = silentSince(heard.brokerAtUs, heard.listeningSinceUs);
  if (broker !== undefined)
    return [
      {
        part: 'kafka',
        detail: 'Kafka does not answer: everything on this page is as of then.',
        advice: restartAdvice,
        sinceUs: broker,
      },
    ];
  if (status?.state !== 'online' || !hasModel) return [];
  const graceFromUs = Math.max(heard.listeningSinceUs, status.stateSinceUs);
  const detection = silentSince(heard.inferAtUs, graceFromUs);
  if (detection !== undefined)
    return [
      {
        part: 'detection',
        detail:
          'Nothing is looked at: the infer service (ingest) says nothing of this camera. Counts stand still.',
        advice: restartAdvice,
        sinceUs: detection,
      },
    ];
  const counting = silentSince(heard.tracksAtUs, graceFromUs);
  if (counting === undefined) return [];
  return [
    {
      part: 'counting',
      detail:
        'Counting is behind: the analytics service does not answer. What it misses it makes up for when it is back.',
      advice: restartAdvice,
      sinceUs: counting,
    },
  ];
};
