export { createSilenceJudge } from './silence-judge.ts';
export type { SilenceJudge } from './silence-judge.ts';
export { watchSilence } from './watch-silence.ts';
