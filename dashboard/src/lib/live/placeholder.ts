import type { Verdict } from '#lib/api/types.ts';

/** What stands where the picture would be; empty when there is one. A camera that is not live shows no picture. */
export const placeholderOf = ({ state, headline }: Verdict): string => {
  switch (state) {
    case 'live':
    case 'waiting':
      return '';
    default:
      return headline;
  }
};
