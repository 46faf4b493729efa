-- Rollups, kept for ever. Each table holds three periods side by side, told apart by `period`:
--   quarter  15 minutes of UTC, startsAt is their first instant;
--   hour     an hour of the site's clock, startsAt is its first instant (UTC);
--   day      a day of the site's calendar (23 and 25 hours included), startsAt is that date at 00:00 as a label.
-- localAt is the site's wall clock at startsAt, as a label. Query the views of 006 to 008 instead: they finish the states.

CREATE VIEW IF NOT EXISTS site_time_zones
(
  siteId LowCardinality(String) COMMENT 'The site',
  timeZone LowCardinality(String) COMMENT 'Its newest time zone; a zone this server does not know is left out, and counted in UTC'
)
AS SELECT siteId, argMax(site_versions.timeZone, version) AS timeZone
FROM site_versions
WHERE NOT deleted
GROUP BY siteId
HAVING timeZone IN (SELECT time_zone FROM system.time_zones);

CREATE TABLE IF NOT EXISTS rollup_crossings
(
  period LowCardinality(String) COMMENT 'quarter, hour or day',
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  lineId LowCardinality(String) COMMENT 'The line',
  role LowCardinality(String) COMMENT 'entrance counts for the site; empty does not',
  direction LowCardinality(String) COMMENT 'in: to the right-hand side of the arrow as drawn; out: the other way',
  className LowCardinality(String) COMMENT 'Class of the track',
  startsAt DateTime('UTC') COMMENT 'Start of the period',
  localAt SimpleAggregateFunction(any, DateTime('UTC')) COMMENT 'The same on the clock of the site, as a label',
  lineName SimpleAggregateFunction(anyLast, String) COMMENT 'Name of the line, last judged',
  crossingsTotal SimpleAggregateFunction(sum, UInt64) COMMENT 'Crossings',
  lateTotal SimpleAggregateFunction(sum, UInt64) COMMENT 'of which arrived late'
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(startsAt)
ORDER BY (period, siteId, cameraId, lineId, startsAt, role, direction, className)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Crossings';

CREATE TABLE IF NOT EXISTS rollup_visits
(
  period LowCardinality(String) COMMENT 'quarter, hour or day',
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  zoneId LowCardinality(String) COMMENT 'The zone',
  className LowCardinality(String) COMMENT 'Class of the track',
  startsAt DateTime('UTC') COMMENT 'Start of the period',
  localAt SimpleAggregateFunction(any, DateTime('UTC')) COMMENT 'The same on the clock of the site, as a label',
  zoneName SimpleAggregateFunction(anyLast, String) COMMENT 'Name of the zone, last judged',
  visitsTotal SimpleAggregateFunction(sum, UInt64) COMMENT 'Visits',
  lateTotal SimpleAggregateFunction(sum, UInt64) COMMENT 'of which arrived late',
  dwellMsTotal SimpleAggregateFunction(sum, UInt64) COMMENT 'Summed dwell, milliseconds',
  dwellMsMax SimpleAggregateFunction(max, UInt64) COMMENT 'Longest dwell, milliseconds',
  visitorsState AggregateFunction(uniq, String) COMMENT 'Distinct tracks of the camera (exact to some thousands, then an estimate)',
  dwellMsState AggregateFunction(quantilesDD(0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99), UInt64) COMMENT 'Sketch of dwell (DDSketch): quantiles within 1 % of the value'
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(startsAt)
ORDER BY (period, siteId, cameraId, zoneId, startsAt, className)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Ended visits, at the time they began';

CREATE TABLE IF NOT EXISTS rollup_presence
(
  period LowCardinality(String) COMMENT 'quarter, hour or day',
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  zoneId LowCardinality(String) COMMENT 'The zone',
  startsAt DateTime('UTC') COMMENT 'Start of the period',
  localAt SimpleAggregateFunction(any, DateTime('UTC')) COMMENT 'The same on the clock of the site, as a label',
  zoneName SimpleAggregateFunction(anyLast, String) COMMENT 'Name of the zone, last judged',
  personMsTotal SimpleAggregateFunction(sum, UInt64) COMMENT 'Summed presence, person-milliseconds',
  observedMsTotal SimpleAggregateFunction(sum, UInt64) COMMENT 'Milliseconds in which the zone was watched',
  occupancyMax SimpleAggregateFunction(max, UInt32) COMMENT 'Highest count'
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(startsAt)
ORDER BY (period, siteId, cameraId, zoneId, startsAt)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Time people spent in each zone';

CREATE TABLE IF NOT EXISTS rollup_observed
(
  period LowCardinality(String) COMMENT 'quarter, hour or day',
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  configVersion UInt64 COMMENT 'Version of the camera document that judged',
  startsAt DateTime('UTC') COMMENT 'Start of the period',
  localAt SimpleAggregateFunction(any, DateTime('UTC')) COMMENT 'The same on the clock of the site, as a label',
  observedMsTotal SimpleAggregateFunction(sum, UInt64) COMMENT 'Milliseconds in which the camera was watched',
  framesTotal SimpleAggregateFunction(sum, UInt64) COMMENT 'Frames judged',
  lateMinutes SimpleAggregateFunction(sum, UInt64) COMMENT 'Minutes with late records'
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(startsAt)
ORDER BY (period, siteId, cameraId, configVersion, startsAt)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Time each camera was watched, by version of its document: nothing counted while watched is zero, nothing watched is a gap';

CREATE TABLE IF NOT EXISTS rollup_heat
(
  period LowCardinality(String) COMMENT 'quarter, hour or day',
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  heatColumns UInt16 COMMENT 'Columns of the grid',
  heatRows UInt16 COMMENT 'Rows of the grid',
  cell UInt32 COMMENT 'row * heatColumns + column',
  startsAt DateTime('UTC') COMMENT 'Start of the period',
  localAt SimpleAggregateFunction(any, DateTime('UTC')) COMMENT 'The same on the clock of the site, as a label',
  personMsTotal SimpleAggregateFunction(sum, UInt64) COMMENT 'Person-milliseconds in the cell'
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(startsAt)
ORDER BY (period, siteId, cameraId, heatColumns, startsAt, heatRows, cell)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Presence by cell of the grid over the picture';

CREATE TABLE IF NOT EXISTS rollup_inspections
(
  period LowCardinality(String) COMMENT 'quarter, hour or day',
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  lot LowCardinality(String) COMMENT 'Lot or batch',
  verdict LowCardinality(String) COMMENT 'pass, fail or review',
  startsAt DateTime('UTC') COMMENT 'Start of the period',
  localAt SimpleAggregateFunction(any, DateTime('UTC')) COMMENT 'The same on the clock of the site, as a label',
  partsTotal SimpleAggregateFunction(sum, UInt64) COMMENT 'Parts',
  cycleMsTotal SimpleAggregateFunction(sum, UInt64) COMMENT 'Summed cycle time, milliseconds',
  cyclesTotal SimpleAggregateFunction(sum, UInt64) COMMENT 'Parts with a cycle time'
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(startsAt)
ORDER BY (period, siteId, cameraId, lot, startsAt, verdict)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Verdicts on parts';

CREATE TABLE IF NOT EXISTS rollup_defects
(
  period LowCardinality(String) COMMENT 'quarter, hour or day',
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  lot LowCardinality(String) COMMENT 'Lot or batch',
  kind LowCardinality(String) COMMENT 'Kind of defect',
  startsAt DateTime('UTC') COMMENT 'Start of the period',
  localAt SimpleAggregateFunction(any, DateTime('UTC')) COMMENT 'The same on the clock of the site, as a label',
  defectsTotal SimpleAggregateFunction(sum, UInt64) COMMENT 'Defects'
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(startsAt)
ORDER BY (period, siteId, cameraId, lot, startsAt, kind)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Defects by kind';

CREATE TABLE IF NOT EXISTS rollup_alerts
(
  period LowCardinality(String) COMMENT 'quarter, hour or day',
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  ruleId LowCardinality(String) COMMENT 'The rule',
  ruleKind LowCardinality(String) COMMENT 'Kind of rule',
  severity LowCardinality(String) COMMENT 'info, warning or critical',
  startsAt DateTime('UTC') COMMENT 'Start of the period',
  localAt SimpleAggregateFunction(any, DateTime('UTC')) COMMENT 'The same on the clock of the site, as a label',
  ruleName SimpleAggregateFunction(anyLast, String) COMMENT 'Name of the rule, last judged',
  alertsTotal SimpleAggregateFunction(sum, UInt64) COMMENT 'Alerts',
  lateTotal SimpleAggregateFunction(sum, UInt64) COMMENT 'of which arrived late, and were not notified'
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(startsAt)
ORDER BY (period, siteId, cameraId, ruleId, startsAt, ruleKind, severity)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Alerts raised';
