-- Views with plain names over the rollups: lines and cameras. One view a period: _15min, _hourly (hours of the site), _daily.
-- observedMs stands beside every count: a period that was not watched is a gap, not a zero.

CREATE VIEW IF NOT EXISTS counts_15min
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  lineId LowCardinality(String) COMMENT 'The line',
  role LowCardinality(String) COMMENT 'entrance counts for the site; empty does not',
  direction LowCardinality(String) COMMENT 'in: to the right-hand side of the arrow as drawn; out: the other way',
  className LowCardinality(String) COMMENT 'Class of the track',
  bucketAt DateTime('UTC') COMMENT 'Start of the quarter hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  lineName String COMMENT 'Name of the line, last judged',
  crossings UInt64 COMMENT 'Crossings',
  late UInt64 COMMENT 'of which arrived late',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, lineId, role, direction, className, startsAt AS bucketAt, localAt,
  lineName, crossings, late, observedMs
FROM
(
  SELECT
    period, siteId, cameraId, lineId, role, direction, className, startsAt, any(rollup.localAt) AS localAt,
    anyLast(rollup.lineName) AS lineName,
    sum(crossingsTotal) AS crossings,
    sum(lateTotal) AS late
  FROM rollup_crossings AS rollup
  WHERE period = 'quarter'
  GROUP BY period, siteId, cameraId, lineId, role, direction, className, startsAt
) AS finished
LEFT JOIN (SELECT * FROM line_observed WHERE period = 'quarter') AS watched USING (siteId, cameraId, lineId, startsAt, period)
COMMENT 'Crossings by line, direction and class; periods without any are in line_totals';

CREATE VIEW IF NOT EXISTS counts_hourly
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  lineId LowCardinality(String) COMMENT 'The line',
  role LowCardinality(String) COMMENT 'entrance counts for the site; empty does not',
  direction LowCardinality(String) COMMENT 'in: to the right-hand side of the arrow as drawn; out: the other way',
  className LowCardinality(String) COMMENT 'Class of the track',
  hourAt DateTime('UTC') COMMENT 'First instant of the hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  lineName String COMMENT 'Name of the line, last judged',
  crossings UInt64 COMMENT 'Crossings',
  late UInt64 COMMENT 'of which arrived late',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, lineId, role, direction, className, startsAt AS hourAt, localAt,
  lineName, crossings, late, observedMs
FROM
(
  SELECT
    period, siteId, cameraId, lineId, role, direction, className, startsAt, any(rollup.localAt) AS localAt,
    anyLast(rollup.lineName) AS lineName,
    sum(crossingsTotal) AS crossings,
    sum(lateTotal) AS late
  FROM rollup_crossings AS rollup
  WHERE period = 'hour'
  GROUP BY period, siteId, cameraId, lineId, role, direction, className, startsAt
) AS finished
LEFT JOIN (SELECT * FROM line_observed WHERE period = 'hour') AS watched USING (siteId, cameraId, lineId, startsAt, period)
COMMENT 'Crossings by line, direction and class; periods without any are in line_totals';

CREATE VIEW IF NOT EXISTS counts_daily
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  lineId LowCardinality(String) COMMENT 'The line',
  role LowCardinality(String) COMMENT 'entrance counts for the site; empty does not',
  direction LowCardinality(String) COMMENT 'in: to the right-hand side of the arrow as drawn; out: the other way',
  className LowCardinality(String) COMMENT 'Class of the track',
  day Date COMMENT 'Day of the calendar of the site',
  lineName String COMMENT 'Name of the line, last judged',
  crossings UInt64 COMMENT 'Crossings',
  late UInt64 COMMENT 'of which arrived late',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, lineId, role, direction, className, toDate(startsAt) AS day,
  lineName, crossings, late, observedMs
FROM
(
  SELECT
    period, siteId, cameraId, lineId, role, direction, className, startsAt, any(rollup.localAt) AS localAt,
    anyLast(rollup.lineName) AS lineName,
    sum(crossingsTotal) AS crossings,
    sum(lateTotal) AS late
  FROM rollup_crossings AS rollup
  WHERE period = 'day'
  GROUP BY period, siteId, cameraId, lineId, role, direction, className, startsAt
) AS finished
LEFT JOIN (SELECT * FROM line_observed WHERE period = 'day') AS watched USING (siteId, cameraId, lineId, startsAt, period)
COMMENT 'Crossings by line, direction and class; periods without any are in line_totals';

CREATE VIEW IF NOT EXISTS observed_15min
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  bucketAt DateTime('UTC') COMMENT 'Start of the quarter hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  observedMs UInt64 COMMENT 'Milliseconds in which the camera was watched',
  frames UInt64 COMMENT 'Frames judged'
)
AS SELECT
  siteId, cameraId, startsAt AS bucketAt, localAt,
  observedMs, frames
FROM
(
  SELECT
    period, siteId, cameraId, startsAt, any(rollup.localAt) AS localAt,
    sum(observedMsTotal) AS observedMs,
    sum(framesTotal) AS frames
  FROM rollup_observed AS rollup
  WHERE period = 'quarter'
  GROUP BY period, siteId, cameraId, startsAt
) AS finished
COMMENT 'Time each camera was watched; a period without a row is a gap';

CREATE VIEW IF NOT EXISTS observed_hourly
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  hourAt DateTime('UTC') COMMENT 'First instant of the hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  observedMs UInt64 COMMENT 'Milliseconds in which the camera was watched',
  frames UInt64 COMMENT 'Frames judged'
)
AS SELECT
  siteId, cameraId, startsAt AS hourAt, localAt,
  observedMs, frames
FROM
(
  SELECT
    period, siteId, cameraId, startsAt, any(rollup.localAt) AS localAt,
    sum(observedMsTotal) AS observedMs,
    sum(framesTotal) AS frames
  FROM rollup_observed AS rollup
  WHERE period = 'hour'
  GROUP BY period, siteId, cameraId, startsAt
) AS finished
COMMENT 'Time each camera was watched; a period without a row is a gap';

CREATE VIEW IF NOT EXISTS observed_daily
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  day Date COMMENT 'Day of the calendar of the site',
  observedMs UInt64 COMMENT 'Milliseconds in which the camera was watched',
  frames UInt64 COMMENT 'Frames judged'
)
AS SELECT
  siteId, cameraId, toDate(startsAt) AS day,
  observedMs, frames
FROM
(
  SELECT
    period, siteId, cameraId, startsAt, any(rollup.localAt) AS localAt,
    sum(observedMsTotal) AS observedMs,
    sum(framesTotal) AS frames
  FROM rollup_observed AS rollup
  WHERE period = 'day'
  GROUP BY period, siteId, cameraId, startsAt
) AS finished
COMMENT 'Time each camera was watched; a period without a row is a gap';

CREATE VIEW IF NOT EXISTS line_totals_15min
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  lineId LowCardinality(String) COMMENT 'The line',
  bucketAt DateTime('UTC') COMMENT 'Start of the quarter hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  inCount UInt64 COMMENT 'Crossings to the right-hand side of the arrow, all classes',
  outCount UInt64 COMMENT 'Crossings the other way, all classes',
  observedMs UInt64 COMMENT 'Milliseconds in which the line was watched'
)
AS SELECT
  siteId, cameraId, lineId, startsAt AS bucketAt, any(joined.localAt) AS localAt,
  sum(ins) AS inCount, sum(outs) AS outCount, sum(watchedMs) AS observedMs
FROM
(
  SELECT
    siteId, cameraId, lineId, startsAt, localAt,
    if(direction = 'in', crossingsTotal, 0) AS ins, if(direction = 'out', crossingsTotal, 0) AS outs, 0 AS watchedMs
  FROM rollup_crossings
  WHERE period = 'quarter'
  UNION ALL
  SELECT siteId, cameraId, lineId, startsAt, localAt, 0 AS ins, 0 AS outs, observedMs AS watchedMs
  FROM line_observed
  WHERE period = 'quarter'
) AS joined
GROUP BY siteId, cameraId, lineId, startsAt
COMMENT 'In and out of every line, with zeros while it was watched';

CREATE VIEW IF NOT EXISTS line_totals_hourly
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  lineId LowCardinality(String) COMMENT 'The line',
  hourAt DateTime('UTC') COMMENT 'First instant of the hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  inCount UInt64 COMMENT 'Crossings to the right-hand side of the arrow, all classes',
  outCount UInt64 COMMENT 'Crossings the other way, all classes',
  observedMs UInt64 COMMENT 'Milliseconds in which the line was watched'
)
AS SELECT
  siteId, cameraId, lineId, startsAt AS hourAt, any(joined.localAt) AS localAt,
  sum(ins) AS inCount, sum(outs) AS outCount, sum(watchedMs) AS observedMs
FROM
(
  SELECT
    siteId, cameraId, lineId, startsAt, localAt,
    if(direction = 'in', crossingsTotal, 0) AS ins, if(direction = 'out', crossingsTotal, 0) AS outs, 0 AS watchedMs
  FROM rollup_crossings
  WHERE period = 'hour'
  UNION ALL
  SELECT siteId, cameraId, lineId, startsAt, localAt, 0 AS ins, 0 AS outs, observedMs AS watchedMs
  FROM line_observed
  WHERE period = 'hour'
) AS joined
GROUP BY siteId, cameraId, lineId, startsAt
COMMENT 'In and out of every line, with zeros while it was watched';

CREATE VIEW IF NOT EXISTS line_totals_daily
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  lineId LowCardinality(String) COMMENT 'The line',
  day Date COMMENT 'Day of the calendar of the site',
  inCount UInt64 COMMENT 'Crossings to the right-hand side of the arrow, all classes',
  outCount UInt64 COMMENT 'Crossings the other way, all classes',
  observedMs UInt64 COMMENT 'Milliseconds in which the line was watched'
)
AS SELECT
  siteId, cameraId, lineId, toDate(startsAt) AS day,
  sum(ins) AS inCount, sum(outs) AS outCount, sum(watchedMs) AS observedMs
FROM
(
  SELECT
    siteId, cameraId, lineId, startsAt, localAt,
    if(direction = 'in', crossingsTotal, 0) AS ins, if(direction = 'out', crossingsTotal, 0) AS outs, 0 AS watchedMs
  FROM rollup_crossings
  WHERE period = 'day'
  UNION ALL
  SELECT siteId, cameraId, lineId, startsAt, localAt, 0 AS ins, 0 AS outs, observedMs AS watchedMs
  FROM line_observed
  WHERE period = 'day'
) AS joined
GROUP BY siteId, cameraId, lineId, startsAt
COMMENT 'In and out of every line, with zeros while it was watched';
