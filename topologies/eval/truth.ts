import { z } from 'zod';

/** The truth file beside a demo film, as `deploy/demo/render.ts` writes it; times in milliseconds of the film. */
const points = z.array(z.tuple([z.number(), z.number()]));
export const truthSchema = z.object({
  kind: z.string(),
  seed: z.int(),
  fps: z.number().positive(),
  durationMs: z.number().positive(),
  classes: z.array(z.string()),
  lines: z.array(z.object({ name: z.string(), points })),
  zones: z.array(z.object({ name: z.string(), points })),
  crossings: z.array(
    z.object({
      line: z.string(),
      id: z.string(),
      className: z.string(),
      direction: z.enum(['in', 'out']),
      atMs: z.number(),
    }),
  ),
  stays: z.array(
    z.object({
      zone: z.string(),
      id: z.string(),
      className: z.string(),
      enteredAtMs: z.number(),
      leftAtMs: z.number(),
      isWhole: z.boolean(),
    }),
  ),
  frames: z.array(
    z.object({
      index: z.int(),
      atMs: z.number(),
      objects: z.array(
        z.object({
          id: z.string(),
          className: z.string(),
          box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
          hiddenShare: z.number(),
        }),
      ),
    }),
  ),
});
export type Truth = z.output<typeof truthSchema>;
export type TrueCrossing = Truth['crossings'][number];
export type TrueStay = Truth['stays'][number];
export type TrueFrame = Truth['frames'][number];
export type TrueObject = TrueFrame['objects'][number];
