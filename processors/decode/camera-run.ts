import { wallClockUs } from './clock.ts';
import type { PictureMaker } from './port.ts';
import type { FromCamera, PlayRequest } from './protocol.ts';
import { startTimeline } from './run-timeline.ts';
import type { RunStart } from './run-writer.ts';
import { runIdOf } from './run-writer.ts';
import { startPosition } from './source-clock.ts';
import type { StatusReporter } from './status.ts';

/** What a source gets to play one camera: where to send, when there is room, which runs come. */
export interface CameraRun {
  readonly request: PlayRequest;
  readonly status: StatusReporter;
  readonly maker: PictureMaker;
  /** `written` is called when the pipe has taken it. */
  send(message: FromCamera, written?: () => void): void;
  /** Resolves when one more frame of a file may be in flight, and takes that place. */
  room(): Promise<void>;
  /** Resolves when every frame of a file has been acknowledged. */
  drained(): Promise<void>;
  /** The run to begin or to go on with; undefined when a checkpoint says it was over. */
  firstRun(now: () => number): RunStart | undefined;
  /** The run after one that ended then. */
  runAfter(run: Pick<RunStart, 'runEpoch'>, endedAtUs: number): RunStart;
}

/** Capture time of a first run's first frame. */
const anchorOf = ({ run, document }: PlayRequest, now: () => number): number =>
  run.startedAtUs ?? document.source.startAtUs ?? now();

export const freshRun = (request: PlayRequest, runEpoch: number, anchorUs: number): RunStart => ({
  runId: runIdOf(request.document.cameraId, runEpoch),
  runEpoch,
  timeline: startTimeline(anchorUs),
  position: startPosition,
});

/**
 * The run a file begins with, or goes on with after a restart. A looped file's next run begins where the last
 * one ended, so that the camera's time only grows; one that is played at its own pace catches up with the clock.
 */
export const createRuns = (request: PlayRequest): Pick<CameraRun, 'firstRun' | 'runAfter'> => {
  const { run, document } = request;
  const runAfter = ({ runEpoch }: Pick<RunStart, 'runEpoch'>, endedAtUs: number): RunStart => {
    const { realtime, startAtUs } = document.source;
    const nowUs = realtime && startAtUs === null ? wallClockUs() : endedAtUs;
    return freshRun(request, runEpoch + 1, Math.max(endedAtUs, nowUs));
  };
  return {
    runAfter,
    firstRun(now) {
      const resume = run.resume;
      if (resume && resume.url === document.source.url) {
        if (resume.ended)
          return document.source.loop ? runAfter(resume, resume.timeline.lastCapturedAtUs) : undefined;
        const { runId, runEpoch, timeline, position } = resume;
        return { runId, runEpoch, timeline, position };
      }
      const runEpoch = Math.max(run.runEpoch, resume ? resume.runEpoch + 1 : 0);
      const runId = runEpoch === run.runEpoch ? run.runId : runIdOf(document.cameraId, runEpoch);
      return { ...freshRun(request, runEpoch, anchorOf(request, now)), runId };
    },
  };
};
