import type { Ground, PinholeCamera, Pixel } from './camera.ts';
import { drawPerson } from './people.ts';
import type { Look } from './people.ts';
import type { Actor } from './scene.ts';
import type { Path } from './walk.ts';

/** Somebody who follows a path; `openingAt` is what they are seen through at that place, if anything. */
export const personActor = (
  camera: PinholeCamera,
  id: string,
  look: Look,
  path: Path,
  openingAt: (at: Ground) => readonly Pixel[] | undefined = () => undefined,
): Actor => ({
  id,
  className: 'person',
  anchorAt: (step) => path[step]?.at ?? null,
  drawAt(step, object) {
    const pose = path[step];
    if (!pose) return null;
    const clip = openingAt(pose.at);
    const drawn = drawPerson(camera, look, pose, object);
    // Behind an opening means behind everything that stands in the room.
    return clip ? { ...drawn, clip, depth: drawn.depth + 100 } : drawn;
  },
});
