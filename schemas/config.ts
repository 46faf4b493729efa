import { z } from 'zod';
import { defaults } from './defaults.ts';
import type { CameraDocument, ConfigRecord, Point, SiteDocument } from './generated/types.ts';

/**
 * The one validator of configuration documents, used by whoever writes one and by whoever reads one.
 * Messages say what is wrong and what would be right; they are shown to people as they are.
 */

/** Points of a box that can trigger a line or a zone. `bottomCenter` is where a person's feet are. */
export const triggeringAnchors = [
  'bottomCenter',
  'bottomLeft',
  'bottomRight',
  'center',
  'centerLeft',
  'centerRight',
  'topCenter',
  'topLeft',
  'topRight',
] as const;
export type TriggeringAnchor = (typeof triggeringAnchors)[number];

const share = (what: string): z.ZodNumber =>
  z
    .number({ error: `${what} must be a number from 0 to 1` })
    .min(0, `${what} must be at least 0`)
    .max(1, `${what} must be at most 1: coordinates are shares of the picture, not pixels`);
const identifier = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'must be 1 to 63 letters, digits, dots, dashes or underscores, beginning with a letter or digit',
  );
const point = z.object({ x: share('x'), y: share('y') });

/** Twice the signed area of a polygon in picture shares (shoelace formula). */
const doubleArea = (polygon: readonly Point[]): number =>
  polygon.reduce((sum, p, index) => {
    const next = polygon[(index + 1) % polygon.length] ?? p;
    return sum + p.x * next.y - next.x * p.y;
  }, 0);

const orientation = (a: Point, b: Point, c: Point): number =>
  Math.sign((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x));

/** True when two sides that are not neighbours cross properly. */
const crossesItself = (polygon: readonly Point[]): boolean => {
  const side = (index: number): [Point, Point] => [
    polygon[index] as Point,
    polygon[(index + 1) % polygon.length] as Point,
  ];
  for (let i = 0; i < polygon.length; i++) {
    for (let j = i + 2; j < polygon.length; j++) {
      if (i === 0 && j === polygon.length - 1) continue;
      const [a, b] = side(i);
      const [c, d] = side(j);
      if (orientation(a, b, c) * orientation(a, b, d) < 0 && orientation(c, d, a) * orientation(c, d, b) < 0)
        return true;
    }
  }
  return false;
};

const polygon = z
  .array(point)
  .min(3, 'a zone needs at least three points')
  .max(defaults.polygonPointsMax, `a polygon has at most ${defaults.polygonPointsMax} points`)
  .refine((points) => Math.abs(doubleArea(points)) > 1e-9, 'the points lie on one line: a zone needs an area')
  .refine(
    (points) => !crossesItself(points),
    'the sides cross each other: draw the corners in order around the zone',
  );

const anchor = z.enum(triggeringAnchors).default(defaults.line.triggeringAnchor);
const classes = z.array(z.string().min(1)).default([]);
const name = z.string().min(1, 'a name must not be empty').max(200);

const line = z
  .object({
    lineId: identifier,
    name,
    a: point,
    b: point,
    role: z.enum(['', 'entrance']).default(defaults.line.role),
    classes,
    triggeringAnchor: anchor,
    hysteresis: z.number().min(0).max(0.5).default(defaults.line.hysteresis),
    confirmMs: z.int().min(0).max(60_000).default(defaults.line.confirmMs),
    observationsMin: z.int().min(1).max(100).default(defaults.line.observationsMin),
  })
  .refine(
    (value) => value.a.x !== value.b.x || value.a.y !== value.b.y,
    'the line has no length: its two points are the same',
  );

const zone = z.object({
  zoneId: identifier,
  name,
  polygon,
  classes,
  triggeringAnchor: anchor,
  enterMs: z.int().min(0).max(60_000).default(defaults.zone.enterMs),
  graceMs: z.int().min(0).max(600_000).default(defaults.zone.graceMs),
});

const source = z.object({
  kind: z.enum(['rtsp', 'file', 'images']),
  url: z.string().min(1, 'the source needs a URL or a path'),
  credentials: z.string().nullable().default(null),
  transport: z.enum(['tcp', 'udp']).default(defaults.camera.transport),
  realtime: z.boolean().default(false),
  loop: z.boolean().default(false),
  startAtUs: z.int().min(0).nullable().default(null),
  connectTimeoutMs: z.int().min(100).max(600_000).default(defaults.camera.connectTimeoutMs),
  stallTimeoutMs: z.int().min(100).max(600_000).default(defaults.camera.stallTimeoutMs),
});

/** Refuses two geometries of one kind under one id or one name: counts of both would be one number. */
const unique = <T>(read: (item: T) => string, what: string) => ({
  check: (items: T[]) => new Set(items.map(read)).size === items.length,
  message: `two have the same ${what}`,
});
const uniqueLineIds = unique((item: { lineId: string }) => item.lineId, 'lineId');
const uniqueZoneIds = unique((item: { zoneId: string }) => item.zoneId, 'zoneId');

export const cameraDocumentSchema = z.object({
  cameraId: identifier,
  siteId: identifier,
  name,
  enabled: z.boolean().default(true),
  source,
  fps: z.number().min(0).max(240).default(defaults.camera.fps),
  frameWidth: z.int().min(0).max(7680).default(defaults.camera.frameWidth),
  encoding: z.enum(['jpeg', 'rgb24']).default(defaults.camera.encoding),
  jpegQuality: z.int().min(1).max(100).default(defaults.camera.jpegQuality),
  modelId: z.string().default(''),
  confidenceMin: share('confidenceMin').default(defaults.camera.confidenceMin),
  latencyBudgetMs: z.int().min(1).default(defaults.camera.latencyBudgetMs),
  placement: z.enum(['cloud', 'edge']).default(defaults.camera.placement),
  viewId: z.string().default(''),
  lines: z
    .array(line)
    .max(defaults.linesPerCameraMax)
    .refine(uniqueLineIds.check, uniqueLineIds.message)
    .default([]),
  zones: z
    .array(zone)
    .max(defaults.zonesPerCameraMax)
    .refine(uniqueZoneIds.check, uniqueZoneIds.message)
    .default([]),
  masks: z
    .array(z.object({ maskId: identifier, name, polygon }))
    .max(defaults.zonesPerCameraMax)
    .default([]),
}) satisfies z.ZodType<CameraDocument>;

const isTimeZone = (value: string): boolean =>
  Intl.supportedValuesOf('timeZone').includes(value) || value === 'UTC';

export const siteDocumentSchema = z.object({
  siteId: identifier,
  name,
  timeZone: z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin').default('UTC'),
}) satisfies z.ZodType<SiteDocument>;

/** What a person or a program may leave out when writing a document. */
export type CameraDocumentInput = z.input<typeof cameraDocumentSchema>;
export type SiteDocumentInput = z.input<typeof siteDocumentSchema>;

/** Outcome of validation: the document with its defaults, or every problem as `path: message`. */
export type Validated<T> = { ok: true; value: T } | { ok: false; problems: string[] };

const validated = <T>(result: z.ZodSafeParseResult<T>): Validated<T> =>
  result.success
    ? { ok: true, value: result.data }
    : {
        ok: false,
        problems: result.error.issues.map(
          (issue) => `${issue.path.join('.') || 'document'}: ${issue.message}`,
        ),
      };

export const validateCamera = (document: unknown): Validated<CameraDocument> =>
  validated(cameraDocumentSchema.safeParse(document));
export const validateSite = (document: unknown): Validated<SiteDocument> =>
  validated(siteDocumentSchema.safeParse(document));

/** Key on the config topic: every version its own, so that compaction keeps history. */
export const configKey = (record: Pick<ConfigRecord, 'kind' | 'id' | 'version'>): string =>
  `${record.kind}/${record.id}/${record.version}`;
