/** Which of the fixed colours a state has. The word beside it says the same. */
export type Tone = 'good' | 'warning' | 'critical' | 'idle';

const tones: Readonly<Record<string, Tone>> = {
  live: 'good',
  connecting: 'warning',
  waiting: 'warning',
  offline: 'critical',
  stale: 'critical',
  ended: 'idle',
  paused: 'idle',
};

export const toneOf = (state: string, outages: number): Tone =>
  state === 'live' && outages > 0 ? 'warning' : (tones[state] ?? 'warning');
