/**
 * Every default of the configuration and of the semantics, in one table.
 * The Avro defaults of schemas/avro/config.avsc must agree; a test compares them.
 */
export const defaults = {
  line: { hysteresis: 0.01, confirmMs: 200, observationsMin: 2, triggeringAnchor: 'bottomCenter', role: '' },
  zone: { enterMs: 200, graceMs: 1000, triggeringAnchor: 'bottomCenter' },
  camera: {
    fps: 0,
    frameWidth: 0,
    encoding: 'jpeg',
    jpegQuality: 80,
    confidenceMin: 0.1,
    latencyBudgetMs: 1000,
    placement: 'cloud',
    connectTimeoutMs: 10_000,
    stallTimeoutMs: 5_000,
    transport: 'tcp',
  },
  /** A change holds for records captured this long after its commit, so that every processor has heard of it. */
  effectiveAfterMs: 500,
  /** A live record appended later than this after its capture is late. */
  lateAfterMs: 10_000,
  /** The owner of a detections partition writes `silence` when a live run was not heard of for this long. */
  silenceAfterMs: 5_000,
  /** A run's clock ticks this often while it lives. */
  tickMs: 1_000,
  heat: { columns: 48, rows: 27 },
  pathPointsMax: 64,
  /** Bound on one camera's state in one processor. */
  stateBytesMax: 64 * 1024,
  linesPerCameraMax: 100,
  zonesPerCameraMax: 100,
  polygonPointsMax: 200,
} as const;
