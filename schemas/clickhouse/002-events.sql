-- Raw events, one row a record of the topic of the same name, kept 90 days: from the event, or from its arrival when
-- that was later, so that an old recording or an edge device that was away can be looked at as long as anything else.
-- Columns bear the topic's field names; instants lose their unit because they are typed.
-- A weekly partition keeps a block of late data in few parts. kafkaPartition and kafkaOffset name the record.

CREATE TABLE IF NOT EXISTS crossings
(
  eventId String COMMENT 'Derived from the input: a replay makes the same id',
  siteId LowCardinality(String) COMMENT 'The site of the camera when judged',
  cameraId LowCardinality(String) COMMENT 'The camera',
  runId String COMMENT 'The run of the track',
  trackId String COMMENT 'The track, unique for its camera',
  className LowCardinality(String) COMMENT 'Class of the track',
  lineId LowCardinality(String) COMMENT 'The line',
  lineName LowCardinality(String) COMMENT 'Its name when judged',
  role LowCardinality(String) COMMENT 'entrance counts for the site; empty does not',
  direction LowCardinality(String) COMMENT 'in: to the right-hand side of the arrow as drawn; out: the other way',
  crossedAt DateTime64(6, 'UTC') COMMENT 'Interpolated moment at which the anchor passed the line',
  x Float32 COMMENT 'Where, 0-1 from the left',
  y Float32 COMMENT 'Where, 0-1 from the top',
  configVersion UInt64 COMMENT 'Version of the camera document that judged it; 0 when there was none',
  late Bool COMMENT 'True when the record behind it was appended more than 10 s after its capture',
  observedAt DateTime64(6, 'UTC') COMMENT 'Capture time of the frame that made it certain',
  decodedAt Nullable(DateTime64(6, 'UTC')) COMMENT 'Wall clock when that frame left the decoder',
  inferredAt Nullable(DateTime64(6, 'UTC')) COMMENT 'Wall clock when its detections were ready',
  appendedAt DateTime64(6, 'UTC') COMMENT 'Wall clock of the broker when the record was appended',
  kafkaPartition UInt16 COMMENT 'Partition of the record',
  kafkaOffset UInt64 COMMENT 'Offset of the record'
)
ENGINE = MergeTree
PARTITION BY toMonday(crossedAt)
ORDER BY (siteId, cameraId, lineId, crossedAt)
TTL greatest(toDateTime(crossedAt), toDateTime(appendedAt)) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One track crossed one line';

CREATE TABLE IF NOT EXISTS visits
(
  eventId String COMMENT 'Derived from the input: a replay makes the same id',
  siteId LowCardinality(String) COMMENT 'The site of the camera when judged',
  cameraId LowCardinality(String) COMMENT 'The camera',
  runId String COMMENT 'The run of the track',
  phase LowCardinality(String) COMMENT 'entered or left; only left counts, at enteredAt',
  trackId String COMMENT 'The track, unique for its camera',
  className LowCardinality(String) COMMENT 'Class of the track',
  zoneId LowCardinality(String) COMMENT 'The zone',
  zoneName LowCardinality(String) COMMENT 'Its name when judged',
  enteredAt DateTime64(6, 'UTC') COMMENT 'First observation inside',
  leftAt Nullable(DateTime64(6, 'UTC')) COMMENT 'End of the last observation inside; null while the stay lasts',
  dwellMs UInt64 COMMENT 'Event time spent inside, milliseconds; 0 when entered',
  reason LowCardinality(String) COMMENT 'Why it ended: exit, trackEnded, runEnded, zoneRemoved; empty when entered',
  configVersion UInt64 COMMENT 'Version of the camera document that judged it; 0 when there was none',
  late Bool COMMENT 'True when the record behind it was appended more than 10 s after its capture',
  observedAt DateTime64(6, 'UTC') COMMENT 'Capture time of the frame that made it certain',
  decodedAt Nullable(DateTime64(6, 'UTC')) COMMENT 'Wall clock when that frame left the decoder',
  inferredAt Nullable(DateTime64(6, 'UTC')) COMMENT 'Wall clock when its detections were ready',
  appendedAt DateTime64(6, 'UTC') COMMENT 'Wall clock of the broker when the record was appended',
  kafkaPartition UInt16 COMMENT 'Partition of the record',
  kafkaOffset UInt64 COMMENT 'Offset of the record'
)
ENGINE = MergeTree
PARTITION BY toMonday(enteredAt)
ORDER BY (siteId, cameraId, zoneId, enteredAt)
TTL greatest(toDateTime(enteredAt), toDateTime(appendedAt)) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One stay of one track in one zone; two rows a stay, entered and left';

CREATE TABLE IF NOT EXISTS occupancy
(
  eventId String COMMENT 'Derived from the input: a replay makes the same id',
  siteId LowCardinality(String) COMMENT 'The site of the camera when judged',
  cameraId LowCardinality(String) COMMENT 'The camera',
  runId String COMMENT 'The run',
  zoneId LowCardinality(String) COMMENT 'The zone',
  zoneName LowCardinality(String) COMMENT 'Its name when judged',
  count UInt32 COMMENT 'Confirmed tracks inside from changedAt on',
  changedAt DateTime64(6, 'UTC') COMMENT 'Capture time of the change',
  configVersion UInt64 COMMENT 'Version of the camera document that judged it; 0 when there was none',
  late Bool COMMENT 'True when the record behind it was appended more than 10 s after its capture',
  observedAt DateTime64(6, 'UTC') COMMENT 'Capture time of the frame that made it certain',
  decodedAt Nullable(DateTime64(6, 'UTC')) COMMENT 'Wall clock when that frame left the decoder',
  inferredAt Nullable(DateTime64(6, 'UTC')) COMMENT 'Wall clock when its detections were ready',
  appendedAt DateTime64(6, 'UTC') COMMENT 'Wall clock of the broker when the record was appended',
  kafkaPartition UInt16 COMMENT 'Partition of the record',
  kafkaOffset UInt64 COMMENT 'Offset of the record'
)
ENGINE = MergeTree
PARTITION BY toMonday(changedAt)
ORDER BY (siteId, cameraId, zoneId, changedAt)
TTL greatest(toDateTime(changedAt), toDateTime(appendedAt)) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'People in a zone, on change';

CREATE TABLE IF NOT EXISTS measures
(
  eventId String COMMENT 'Derived from the input: a replay makes the same id',
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  runId String COMMENT 'The run',
  minuteAt DateTime64(6, 'UTC') COMMENT 'Start of the minute',
  observedMs UInt32 COMMENT 'Milliseconds of this minute in which the camera was watched; less than 60,000 is a gap',
  frames UInt32 COMMENT 'Frames judged',
  `zones.zoneId` Array(LowCardinality(String)) COMMENT 'The zones watched; the zones.* arrays run side by side',
  `zones.zoneName` Array(LowCardinality(String)) COMMENT 'Their names',
  `zones.personMs` Array(UInt64) COMMENT 'Summed presence in each, person-milliseconds',
  `zones.observedMs` Array(UInt32) COMMENT 'Milliseconds in which each was watched',
  `zones.occupancyMax` Array(UInt32) COMMENT 'Highest count in each',
  heatColumns UInt16 COMMENT 'Columns of the heat grid over the picture',
  heatRows UInt16 COMMENT 'Rows of the heat grid',
  `heat.cell` Array(UInt32) COMMENT 'Cells with presence, row * heatColumns + column; the heat.* arrays run side by side',
  `heat.personMs` Array(UInt64) COMMENT 'Person-milliseconds in each cell',
  paths Array(Tuple(
    trackId String,
    className String,
    points Array(Tuple(x Float32, y Float32, at DateTime64(6, 'UTC'))))) COMMENT 'Simplified path of each track that ended in this minute',
  configVersion UInt64 COMMENT 'Version of the camera document',
  late Bool COMMENT 'True when any record of the minute was late',
  appendedAt DateTime64(6, 'UTC') COMMENT 'Wall clock of the broker when the record was appended',
  kafkaPartition UInt16 COMMENT 'Partition of the record',
  kafkaOffset UInt64 COMMENT 'Offset of the record'
)
ENGINE = MergeTree
PARTITION BY toMonday(minuteAt)
ORDER BY (siteId, cameraId, minuteAt)
TTL greatest(toDateTime(minuteAt), toDateTime(appendedAt)) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'One camera, one minute: what was observed and how much time people spent where';

CREATE TABLE IF NOT EXISTS inspections
(
  eventId String COMMENT 'Derived from the input: a replay makes the same id',
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  runId String COMMENT 'The run',
  partId String COMMENT 'Identity of the part',
  lot LowCardinality(String) COMMENT 'Lot or batch, empty when unknown',
  verdict LowCardinality(String) COMMENT 'pass, fail or review',
  `defects.kind` Array(LowCardinality(String)) COMMENT 'Kinds of the defects found; the defects.* arrays run side by side',
  `defects.x1` Array(Float32) COMMENT 'Left, 0-1',
  `defects.y1` Array(Float32) COMMENT 'Top, 0-1',
  `defects.x2` Array(Float32) COMMENT 'Right, 0-1',
  `defects.y2` Array(Float32) COMMENT 'Bottom, 0-1',
  `defects.score` Array(Float32) COMMENT 'Score, 0-1',
  reasons Array(String) COMMENT 'Why this verdict',
  score Float32 COMMENT 'Anomaly or defect score, 0-1',
  inspectedAt DateTime64(6, 'UTC') COMMENT 'Capture time of the frame that decided',
  cycleMs UInt64 COMMENT 'Time since the part before, milliseconds; 0 for the first',
  framesJudged UInt32 COMMENT 'Frames of the part that voted',
  configVersion UInt64 COMMENT 'Version of the camera document',
  late Bool COMMENT 'True when late',
  appendedAt DateTime64(6, 'UTC') COMMENT 'Wall clock of the broker when the record was appended',
  kafkaPartition UInt16 COMMENT 'Partition of the record',
  kafkaOffset UInt64 COMMENT 'Offset of the record'
)
ENGINE = MergeTree
PARTITION BY toMonday(inspectedAt)
ORDER BY (siteId, cameraId, inspectedAt)
TTL greatest(toDateTime(inspectedAt), toDateTime(appendedAt)) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'The verdict on one part';

CREATE TABLE IF NOT EXISTS alerts
(
  eventId String COMMENT 'Derived from the input; each phase has its own',
  alertId String COMMENT 'The same for raised, updated and resolved',
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  runId String COMMENT 'The run, empty when the rule is about the camera itself',
  ruleId LowCardinality(String) COMMENT 'The rule',
  ruleName LowCardinality(String) COMMENT 'Its name when judged',
  ruleKind LowCardinality(String) COMMENT 'intrusion, lineCrossed, loitering, occupancy, cameraDown; an open set',
  phase LowCardinality(String) COMMENT 'raised, updated or resolved',
  severity LowCardinality(String) COMMENT 'info, warning or critical; an open set',
  subjectId String COMMENT 'Zone, line or camera it is about',
  trackIds Array(String) COMMENT 'Tracks involved',
  message String COMMENT 'One sentence for the operator',
  raisedAt DateTime64(6, 'UTC') COMMENT 'Event time of the first raise',
  changedAt DateTime64(6, 'UTC') COMMENT 'Event time of this phase',
  configVersion UInt64 COMMENT 'Version of the camera document',
  late Bool COMMENT 'True: stored, but not notified',
  appendedAt DateTime64(6, 'UTC') COMMENT 'Wall clock of the broker when the record was appended',
  kafkaPartition UInt16 COMMENT 'Partition of the record',
  kafkaOffset UInt64 COMMENT 'Offset of the record'
)
ENGINE = MergeTree
PARTITION BY toMonday(changedAt)
ORDER BY (siteId, cameraId, changedAt)
TTL greatest(toDateTime(changedAt), toDateTime(appendedAt)) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'A rule fired, goes on, or is over';

CREATE TABLE IF NOT EXISTS camera_status
(
  cameraId LowCardinality(String) COMMENT 'The camera',
  reporter LowCardinality(String) COMMENT 'Which service says so: decode, infer or edge-bridge',
  reportedAt DateTime64(6, 'UTC') COMMENT 'Wall clock of the report',
  state LowCardinality(String) COMMENT 'connecting, online, stalled, unreachable, authFailed, failed, ended, disabled, removed; an open set',
  stateSince DateTime64(6, 'UTC') COMMENT 'Since when',
  message String COMMENT 'What is wrong and what to do; empty when all is well',
  fpsIn Float64 COMMENT 'Frames a second received',
  fpsOut Float64 COMMENT 'Frames a second passed on',
  framesIn UInt64 COMMENT 'Frames received in this run',
  framesOut UInt64 COMMENT 'Frames passed on in this run',
  drops Map(LowCardinality(String), UInt64) COMMENT 'Frames dropped in this run, by reason',
  reconnects UInt64 COMMENT 'Connections made after the first',
  latencyMs Float64 COMMENT 'Smoothed delay of the stage, milliseconds',
  codec LowCardinality(String) COMMENT 'Codec of the stream',
  width UInt32 COMMENT 'Pixels',
  height UInt32 COMMENT 'Pixels',
  runId String COMMENT 'Current run',
  runEpoch UInt64 COMMENT 'Its epoch',
  position Float64 COMMENT 'Share of a file done, 0-1; -1 when not a file',
  device LowCardinality(String) COMMENT 'Host or device',
  configVersion UInt64 COMMENT 'Version of the camera document in use',
  appendedAt DateTime64(6, 'UTC') COMMENT 'Wall clock of the broker when the record was appended',
  kafkaPartition UInt16 COMMENT 'Partition of the record',
  kafkaOffset UInt64 COMMENT 'Offset of the record'
)
ENGINE = MergeTree
PARTITION BY toMonday(reportedAt)
ORDER BY (cameraId, reporter, reportedAt)
TTL greatest(toDateTime(reportedAt), toDateTime(appendedAt)) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'State of a camera as one service sees it';
