import type { Picture, PictureTrack } from './picture-channel.ts';

/** Colours that hold on any picture, whatever the theme: a dark edge under a light line. */
const edge = 'rgb(0 0 0 / 0.6)';
const labelText = '#0b0f13';

/** A track keeps its colour: evenly spread hues by the golden angle. */
const colorOf = (trackId: string): string => `hsl(${(Number(trackId) * 137.508) % 360} 85% 72%)`;

const drawTrack = (
  context: CanvasRenderingContext2D,
  track: PictureTrack,
  width: number,
  height: number,
  unit: number,
): void => {
  const [x, y] = [track.x1 * width, track.y1 * height];
  const [w, h] = [(track.x2 - track.x1) * width, (track.y2 - track.y1) * height];
  const color = colorOf(track.trackId);
  // A lost track's box is a guess, and looks like one.
  context.setLineDash(track.state === 'lost' ? [4 * unit, 4 * unit] : []);
  context.lineWidth = 4 * unit;
  context.strokeStyle = edge;
  context.strokeRect(x, y, w, h);
  context.lineWidth = 2 * unit;
  context.strokeStyle = color;
  context.strokeRect(x, y, w, h);
  context.setLineDash([]);
  // On a phone's width a name would cover its person: there the number has to do.
  const small = width / unit < 560;
  const label = small ? track.trackId : `${track.className} ${track.trackId}`;
  context.font = `600 ${(small ? 11 : 13) * unit}px system-ui, sans-serif`;
  const labelWidth = context.measureText(label).width + 8 * unit;
  const labelHeight = (small ? 14 : 18) * unit;
  // Above the box, or inside it where the picture ends.
  const top = y >= labelHeight ? y - labelHeight : y;
  const left = Math.max(0, Math.min(x, width - labelWidth));
  context.fillStyle = color;
  context.fillRect(left, top, labelWidth, labelHeight);
  context.fillStyle = labelText;
  context.textBaseline = 'middle';
  context.fillText(label, left + 4 * unit, top + labelHeight / 2);
};

/** Paints a picture and its boxes in one go: what is on the screen is always one frame. */
export const drawPicture = (canvas: HTMLCanvasElement, picture: Picture, labels: boolean): void => {
  const { image } = picture;
  if (canvas.width !== image.width || canvas.height !== image.height) {
    canvas.width = image.width;
    canvas.height = image.height;
  }
  const context = canvas.getContext('2d');
  if (!context) return;
  context.drawImage(image, 0, 0);
  if (!labels) return;
  // Sizes are in pixels of the screen, whatever the picture's.
  const unit = image.width / Math.max(1, canvas.clientWidth || image.width);
  for (const track of picture.tracks ?? []) {
    if (track.state !== 'tentative') drawTrack(context, track, image.width, image.height, unit);
  }
};
