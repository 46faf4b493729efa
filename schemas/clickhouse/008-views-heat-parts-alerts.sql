-- Views with plain names over the rollups: heat, parts and alerts. Names and rules as in 006.

CREATE VIEW IF NOT EXISTS heat_15min
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  heatColumns UInt16 COMMENT 'Columns of the grid',
  heatRows UInt16 COMMENT 'Rows of the grid',
  cell UInt32 COMMENT 'row * heatColumns + column',
  bucketAt DateTime('UTC') COMMENT 'Start of the quarter hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  personMs UInt64 COMMENT 'Person-milliseconds in the cell',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, heatColumns, heatRows, cell, startsAt AS bucketAt, localAt,
  personMs, observedMs
FROM
(
  SELECT
    period, siteId, cameraId, heatColumns, heatRows, cell, startsAt, any(rollup.localAt) AS localAt,
    sum(personMsTotal) AS personMs
  FROM rollup_heat AS rollup
  WHERE period = 'quarter'
  GROUP BY period, siteId, cameraId, heatColumns, heatRows, cell, startsAt
) AS finished
LEFT JOIN (SELECT * FROM camera_observed WHERE period = 'quarter') AS watched USING (siteId, cameraId, startsAt, period)
COMMENT 'Presence by cell of the grid over the picture; cells without presence are absent';

CREATE VIEW IF NOT EXISTS heat_hourly
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  heatColumns UInt16 COMMENT 'Columns of the grid',
  heatRows UInt16 COMMENT 'Rows of the grid',
  cell UInt32 COMMENT 'row * heatColumns + column',
  hourAt DateTime('UTC') COMMENT 'First instant of the hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  personMs UInt64 COMMENT 'Person-milliseconds in the cell',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, heatColumns, heatRows, cell, startsAt AS hourAt, localAt,
  personMs, observedMs
FROM
(
  SELECT
    period, siteId, cameraId, heatColumns, heatRows, cell, startsAt, any(rollup.localAt) AS localAt,
    sum(personMsTotal) AS personMs
  FROM rollup_heat AS rollup
  WHERE period = 'hour'
  GROUP BY period, siteId, cameraId, heatColumns, heatRows, cell, startsAt
) AS finished
LEFT JOIN (SELECT * FROM camera_observed WHERE period = 'hour') AS watched USING (siteId, cameraId, startsAt, period)
COMMENT 'Presence by cell of the grid over the picture; cells without presence are absent';

CREATE VIEW IF NOT EXISTS heat_daily
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  heatColumns UInt16 COMMENT 'Columns of the grid',
  heatRows UInt16 COMMENT 'Rows of the grid',
  cell UInt32 COMMENT 'row * heatColumns + column',
  day Date COMMENT 'Day of the calendar of the site',
  personMs UInt64 COMMENT 'Person-milliseconds in the cell',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, heatColumns, heatRows, cell, toDate(startsAt) AS day,
  personMs, observedMs
FROM
(
  SELECT
    period, siteId, cameraId, heatColumns, heatRows, cell, startsAt, any(rollup.localAt) AS localAt,
    sum(personMsTotal) AS personMs
  FROM rollup_heat AS rollup
  WHERE period = 'day'
  GROUP BY period, siteId, cameraId, heatColumns, heatRows, cell, startsAt
) AS finished
LEFT JOIN (SELECT * FROM camera_observed WHERE period = 'day') AS watched USING (siteId, cameraId, startsAt, period)
COMMENT 'Presence by cell of the grid over the picture; cells without presence are absent';

CREATE VIEW IF NOT EXISTS inspections_15min
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  lot LowCardinality(String) COMMENT 'Lot or batch',
  verdict LowCardinality(String) COMMENT 'pass, fail or review',
  bucketAt DateTime('UTC') COMMENT 'Start of the quarter hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  parts UInt64 COMMENT 'Parts',
  cycleMsMean Float64 COMMENT 'Mean time between parts, milliseconds; not a number for a single part',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, lot, verdict, startsAt AS bucketAt, localAt,
  parts, cycleMsMean, observedMs
FROM
(
  SELECT
    period, siteId, cameraId, lot, verdict, startsAt, any(rollup.localAt) AS localAt,
    sum(partsTotal) AS parts,
    sum(cycleMsTotal) / sum(cyclesTotal) AS cycleMsMean
  FROM rollup_inspections AS rollup
  WHERE period = 'quarter'
  GROUP BY period, siteId, cameraId, lot, verdict, startsAt
) AS finished
LEFT JOIN (SELECT * FROM camera_observed WHERE period = 'quarter') AS watched USING (siteId, cameraId, startsAt, period)
COMMENT 'Verdicts on parts';

CREATE VIEW IF NOT EXISTS inspections_hourly
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  lot LowCardinality(String) COMMENT 'Lot or batch',
  verdict LowCardinality(String) COMMENT 'pass, fail or review',
  hourAt DateTime('UTC') COMMENT 'First instant of the hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  parts UInt64 COMMENT 'Parts',
  cycleMsMean Float64 COMMENT 'Mean time between parts, milliseconds; not a number for a single part',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, lot, verdict, startsAt AS hourAt, localAt,
  parts, cycleMsMean, observedMs
FROM
(
  SELECT
    period, siteId, cameraId, lot, verdict, startsAt, any(rollup.localAt) AS localAt,
    sum(partsTotal) AS parts,
    sum(cycleMsTotal) / sum(cyclesTotal) AS cycleMsMean
  FROM rollup_inspections AS rollup
  WHERE period = 'hour'
  GROUP BY period, siteId, cameraId, lot, verdict, startsAt
) AS finished
LEFT JOIN (SELECT * FROM camera_observed WHERE period = 'hour') AS watched USING (siteId, cameraId, startsAt, period)
COMMENT 'Verdicts on parts';

CREATE VIEW IF NOT EXISTS inspections_daily
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  lot LowCardinality(String) COMMENT 'Lot or batch',
  verdict LowCardinality(String) COMMENT 'pass, fail or review',
  day Date COMMENT 'Day of the calendar of the site',
  parts UInt64 COMMENT 'Parts',
  cycleMsMean Float64 COMMENT 'Mean time between parts, milliseconds; not a number for a single part',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, lot, verdict, toDate(startsAt) AS day,
  parts, cycleMsMean, observedMs
FROM
(
  SELECT
    period, siteId, cameraId, lot, verdict, startsAt, any(rollup.localAt) AS localAt,
    sum(partsTotal) AS parts,
    sum(cycleMsTotal) / sum(cyclesTotal) AS cycleMsMean
  FROM rollup_inspections AS rollup
  WHERE period = 'day'
  GROUP BY period, siteId, cameraId, lot, verdict, startsAt
) AS finished
LEFT JOIN (SELECT * FROM camera_observed WHERE period = 'day') AS watched USING (siteId, cameraId, startsAt, period)
COMMENT 'Verdicts on parts';

CREATE VIEW IF NOT EXISTS defects_15min
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  lot LowCardinality(String) COMMENT 'Lot or batch',
  kind LowCardinality(String) COMMENT 'Kind of defect',
  bucketAt DateTime('UTC') COMMENT 'Start of the quarter hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  defects UInt64 COMMENT 'Defects',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, lot, kind, startsAt AS bucketAt, localAt,
  defects, observedMs
FROM
(
  SELECT
    period, siteId, cameraId, lot, kind, startsAt, any(rollup.localAt) AS localAt,
    sum(defectsTotal) AS defects
  FROM rollup_defects AS rollup
  WHERE period = 'quarter'
  GROUP BY period, siteId, cameraId, lot, kind, startsAt
) AS finished
LEFT JOIN (SELECT * FROM camera_observed WHERE period = 'quarter') AS watched USING (siteId, cameraId, startsAt, period)
COMMENT 'Defects by kind';

CREATE VIEW IF NOT EXISTS defects_hourly
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  lot LowCardinality(String) COMMENT 'Lot or batch',
  kind LowCardinality(String) COMMENT 'Kind of defect',
  hourAt DateTime('UTC') COMMENT 'First instant of the hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  defects UInt64 COMMENT 'Defects',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, lot, kind, startsAt AS hourAt, localAt,
  defects, observedMs
FROM
(
  SELECT
    period, siteId, cameraId, lot, kind, startsAt, any(rollup.localAt) AS localAt,
    sum(defectsTotal) AS defects
  FROM rollup_defects AS rollup
  WHERE period = 'hour'
  GROUP BY period, siteId, cameraId, lot, kind, startsAt
) AS finished
LEFT JOIN (SELECT * FROM camera_observed WHERE period = 'hour') AS watched USING (siteId, cameraId, startsAt, period)
COMMENT 'Defects by kind';

CREATE VIEW IF NOT EXISTS defects_daily
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  lot LowCardinality(String) COMMENT 'Lot or batch',
  kind LowCardinality(String) COMMENT 'Kind of defect',
  day Date COMMENT 'Day of the calendar of the site',
  defects UInt64 COMMENT 'Defects',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, lot, kind, toDate(startsAt) AS day,
  defects, observedMs
FROM
(
  SELECT
    period, siteId, cameraId, lot, kind, startsAt, any(rollup.localAt) AS localAt,
    sum(defectsTotal) AS defects
  FROM rollup_defects AS rollup
  WHERE period = 'day'
  GROUP BY period, siteId, cameraId, lot, kind, startsAt
) AS finished
LEFT JOIN (SELECT * FROM camera_observed WHERE period = 'day') AS watched USING (siteId, cameraId, startsAt, period)
COMMENT 'Defects by kind';

CREATE VIEW IF NOT EXISTS alerts_15min
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  ruleId LowCardinality(String) COMMENT 'The rule',
  ruleKind LowCardinality(String) COMMENT 'Kind of rule',
  severity LowCardinality(String) COMMENT 'info, warning or critical',
  bucketAt DateTime('UTC') COMMENT 'Start of the quarter hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  ruleName String COMMENT 'Name of the rule, last judged',
  alerts UInt64 COMMENT 'Alerts',
  late UInt64 COMMENT 'of which arrived late, and were not notified',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, ruleId, ruleKind, severity, startsAt AS bucketAt, localAt,
  ruleName, alerts, late, observedMs
FROM
(
  SELECT
    period, siteId, cameraId, ruleId, ruleKind, severity, startsAt, any(rollup.localAt) AS localAt,
    anyLast(rollup.ruleName) AS ruleName,
    sum(alertsTotal) AS alerts,
    sum(lateTotal) AS late
  FROM rollup_alerts AS rollup
  WHERE period = 'quarter'
  GROUP BY period, siteId, cameraId, ruleId, ruleKind, severity, startsAt
) AS finished
LEFT JOIN (SELECT * FROM camera_observed WHERE period = 'quarter') AS watched USING (siteId, cameraId, startsAt, period)
COMMENT 'Alerts raised';

CREATE VIEW IF NOT EXISTS alerts_hourly
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  ruleId LowCardinality(String) COMMENT 'The rule',
  ruleKind LowCardinality(String) COMMENT 'Kind of rule',
  severity LowCardinality(String) COMMENT 'info, warning or critical',
  hourAt DateTime('UTC') COMMENT 'First instant of the hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  ruleName String COMMENT 'Name of the rule, last judged',
  alerts UInt64 COMMENT 'Alerts',
  late UInt64 COMMENT 'of which arrived late, and were not notified',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, ruleId, ruleKind, severity, startsAt AS hourAt, localAt,
  ruleName, alerts, late, observedMs
FROM
(
  SELECT
    period, siteId, cameraId, ruleId, ruleKind, severity, startsAt, any(rollup.localAt) AS localAt,
    anyLast(rollup.ruleName) AS ruleName,
    sum(alertsTotal) AS alerts,
    sum(lateTotal) AS late
  FROM rollup_alerts AS rollup
  WHERE period = 'hour'
  GROUP BY period, siteId, cameraId, ruleId, ruleKind, severity, startsAt
) AS finished
LEFT JOIN (SELECT * FROM camera_observed WHERE period = 'hour') AS watched USING (siteId, cameraId, startsAt, period)
COMMENT 'Alerts raised';

CREATE VIEW IF NOT EXISTS alerts_daily
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  ruleId LowCardinality(String) COMMENT 'The rule',
  ruleKind LowCardinality(String) COMMENT 'Kind of rule',
  severity LowCardinality(String) COMMENT 'info, warning or critical',
  day Date COMMENT 'Day of the calendar of the site',
  ruleName String COMMENT 'Name of the rule, last judged',
  alerts UInt64 COMMENT 'Alerts',
  late UInt64 COMMENT 'of which arrived late, and were not notified',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, ruleId, ruleKind, severity, toDate(startsAt) AS day,
  ruleName, alerts, late, observedMs
FROM
(
  SELECT
    period, siteId, cameraId, ruleId, ruleKind, severity, startsAt, any(rollup.localAt) AS localAt,
    anyLast(rollup.ruleName) AS ruleName,
    sum(alertsTotal) AS alerts,
    sum(lateTotal) AS late
  FROM rollup_alerts AS rollup
  WHERE period = 'day'
  GROUP BY period, siteId, cameraId, ruleId, ruleKind, severity, startsAt
) AS finished
LEFT JOIN (SELECT * FROM camera_observed WHERE period = 'day') AS watched USING (siteId, cameraId, startsAt, period)
COMMENT 'Alerts raised';
