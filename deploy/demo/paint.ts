import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Ground, PinholeCamera, Pixel } from './camera.ts';
import type { Drawn, Shape } from './shapes.ts';

export const trace = (context: SKRSContext2D, points: readonly Pixel[]): void => {
  context.beginPath();
  points.forEach(({ x, y }, index) => (index === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  context.closePath();
};

export const fillPolygon = (context: SKRSContext2D, points: readonly Pixel[], fill: string): void => {
  trace(context, points);
  context.fillStyle = fill;
  context.fill();
};

/** A polygon that lies on the ground. */
export const fillGround = (
  context: SKRSContext2D,
  camera: PinholeCamera,
  points: readonly Ground[],
  fill: string,
  z = 0,
): void =>
  fillPolygon(
    context,
    points.map((point) => camera.project({ ...point, z })),
    fill,
  );

export const paintShape = (context: SKRSContext2D, shape: Shape): void => {
  if (shape.kind === 'polygon') return fillPolygon(context, shape.points, shape.fill);
  if (shape.kind === 'ellipse') {
    context.beginPath();
    context.ellipse(
      shape.center.x,
      shape.center.y,
      Math.max(0.1, shape.radiusX),
      Math.max(0.1, shape.radiusY),
      0,
      0,
      Math.PI * 2,
    );
    context.fillStyle = shape.fill;
    context.fill();
    return;
  }
  context.beginPath();
  context.moveTo(shape.a.x, shape.a.y);
  // A capsule without length would not be painted at all.
  context.lineTo(shape.b.x + 0.01, shape.b.y);
  context.lineWidth = shape.radius * 2;
  context.lineCap = 'round';
  context.strokeStyle = shape.fill;
  context.stroke();
};

export const paintShadow = (context: SKRSContext2D, { shadow, clip }: Drawn): void => {
  if (!shadow || clip) return;
  const { center, radiusX, radiusY, dark } = shadow;
  context.save();
  context.translate(center.x + radiusX * 0.18, center.y);
  context.scale(1, radiusY / radiusX);
  const gradient = context.createRadialGradient(0, 0, 0, 0, 0, radiusX * 1.25);
  gradient.addColorStop(0, `rgba(28,24,36,${dark})`);
  gradient.addColorStop(0.55, `rgba(28,24,36,${dark * 0.6})`);
  gradient.addColorStop(1, 'rgba(28,24,36,0)');
  context.fillStyle = gradient;
  context.fillRect(-radiusX * 1.3, -radiusX * 1.3, radiusX * 2.6, radiusX * 2.6);
  context.restore();
};

export const paintDrawn = (context: SKRSContext2D, drawn: Drawn): void => {
  if (drawn.clip) {
    context.save();
    trace(context, drawn.clip);
    context.clip();
  }
  for (const shape of drawn.shapes) paintShape(context, shape);
  for (const shape of drawn.details ?? []) paintShape(context, shape);
  if (drawn.clip) context.restore();
};

/** Darker corners and a warm or cool tint: the picture reads as one. */
export const paintVignette = (
  context: SKRSContext2D,
  width: number,
  height: number,
  color: string,
  dark: number,
): void => {
  const gradient = context.createRadialGradient(
    width / 2,
    height * 0.5,
    height * 0.35,
    width / 2,
    height * 0.5,
    width * 0.68,
  );
  gradient.addColorStop(0, `rgba(${color},0)`);
  gradient.addColorStop(1, `rgba(${color},${dark})`);
  context.fillStyle = gradient;
  context.fillRect(0, 0, width, height);
};
