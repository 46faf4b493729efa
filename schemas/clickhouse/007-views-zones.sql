-- Views with plain names over the rollups: zones. Names and rules as in 006.

CREATE VIEW IF NOT EXISTS visits_15min
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  zoneId LowCardinality(String) COMMENT 'The zone',
  className LowCardinality(String) COMMENT 'Class of the track',
  bucketAt DateTime('UTC') COMMENT 'Start of the quarter hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  zoneName String COMMENT 'Name of the zone, last judged',
  visits UInt64 COMMENT 'Visits',
  visitors UInt64 COMMENT 'Distinct tracks; never add these over cameras or periods',
  late UInt64 COMMENT 'of which arrived late',
  dwellMsSum UInt64 COMMENT 'Summed dwell, milliseconds',
  dwellMsMean Float64 COMMENT 'Mean dwell of a visit, milliseconds',
  dwellMsP25 Float64 COMMENT 'First quartile of dwell, milliseconds, within 1 %',
  dwellMsP50 Float64 COMMENT 'Median of dwell, milliseconds, within 1 %',
  dwellMsP75 Float64 COMMENT 'Third quartile of dwell, milliseconds, within 1 %',
  dwellMsP90 Float64 COMMENT '90th percentile of dwell, milliseconds, within 1 %',
  dwellMsP95 Float64 COMMENT '95th percentile of dwell, milliseconds, within 1 %',
  dwellMsP99 Float64 COMMENT '99th percentile of dwell, milliseconds, within 1 %',
  dwellMsLongest UInt64 COMMENT 'Longest dwell, milliseconds',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, zoneId, className, startsAt AS bucketAt, localAt,
  zoneName, visits, visitors, late, dwellMsSum, dwellMsMean, dwellMsP25, dwellMsP50, dwellMsP75, dwellMsP90, dwellMsP95, dwellMsP99, dwellMsLongest, observedMs
FROM
(
  SELECT
    quantilesDDMerge(0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)(dwellMsState) AS quantiles,
    period, siteId, cameraId, zoneId, className, startsAt, any(rollup.localAt) AS localAt,
    anyLast(rollup.zoneName) AS zoneName,
    sum(visitsTotal) AS visits,
    uniqMerge(visitorsState) AS visitors,
    sum(lateTotal) AS late,
    sum(dwellMsTotal) AS dwellMsSum,
    sum(dwellMsTotal) / sum(visitsTotal) AS dwellMsMean,
    quantiles[1] AS dwellMsP25,
    quantiles[2] AS dwellMsP50,
    quantiles[3] AS dwellMsP75,
    quantiles[4] AS dwellMsP90,
    quantiles[5] AS dwellMsP95,
    quantiles[6] AS dwellMsP99,
    max(dwellMsMax) AS dwellMsLongest
  FROM rollup_visits AS rollup
  WHERE period = 'quarter'
  GROUP BY period, siteId, cameraId, zoneId, className, startsAt
) AS finished
LEFT JOIN (SELECT * FROM zone_observed WHERE period = 'quarter') AS watched USING (siteId, cameraId, zoneId, startsAt, period)
COMMENT 'Ended visits by zone and class, at the time they began';

CREATE VIEW IF NOT EXISTS visits_hourly
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  zoneId LowCardinality(String) COMMENT 'The zone',
  className LowCardinality(String) COMMENT 'Class of the track',
  hourAt DateTime('UTC') COMMENT 'First instant of the hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  zoneName String COMMENT 'Name of the zone, last judged',
  visits UInt64 COMMENT 'Visits',
  visitors UInt64 COMMENT 'Distinct tracks; never add these over cameras or periods',
  late UInt64 COMMENT 'of which arrived late',
  dwellMsSum UInt64 COMMENT 'Summed dwell, milliseconds',
  dwellMsMean Float64 COMMENT 'Mean dwell of a visit, milliseconds',
  dwellMsP25 Float64 COMMENT 'First quartile of dwell, milliseconds, within 1 %',
  dwellMsP50 Float64 COMMENT 'Median of dwell, milliseconds, within 1 %',
  dwellMsP75 Float64 COMMENT 'Third quartile of dwell, milliseconds, within 1 %',
  dwellMsP90 Float64 COMMENT '90th percentile of dwell, milliseconds, within 1 %',
  dwellMsP95 Float64 COMMENT '95th percentile of dwell, milliseconds, within 1 %',
  dwellMsP99 Float64 COMMENT '99th percentile of dwell, milliseconds, within 1 %',
  dwellMsLongest UInt64 COMMENT 'Longest dwell, milliseconds',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, zoneId, className, startsAt AS hourAt, localAt,
  zoneName, visits, visitors, late, dwellMsSum, dwellMsMean, dwellMsP25, dwellMsP50, dwellMsP75, dwellMsP90, dwellMsP95, dwellMsP99, dwellMsLongest, observedMs
FROM
(
  SELECT
    quantilesDDMerge(0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)(dwellMsState) AS quantiles,
    period, siteId, cameraId, zoneId, className, startsAt, any(rollup.localAt) AS localAt,
    anyLast(rollup.zoneName) AS zoneName,
    sum(visitsTotal) AS visits,
    uniqMerge(visitorsState) AS visitors,
    sum(lateTotal) AS late,
    sum(dwellMsTotal) AS dwellMsSum,
    sum(dwellMsTotal) / sum(visitsTotal) AS dwellMsMean,
    quantiles[1] AS dwellMsP25,
    quantiles[2] AS dwellMsP50,
    quantiles[3] AS dwellMsP75,
    quantiles[4] AS dwellMsP90,
    quantiles[5] AS dwellMsP95,
    quantiles[6] AS dwellMsP99,
    max(dwellMsMax) AS dwellMsLongest
  FROM rollup_visits AS rollup
  WHERE period = 'hour'
  GROUP BY period, siteId, cameraId, zoneId, className, startsAt
) AS finished
LEFT JOIN (SELECT * FROM zone_observed WHERE period = 'hour') AS watched USING (siteId, cameraId, zoneId, startsAt, period)
COMMENT 'Ended visits by zone and class, at the time they began';

CREATE VIEW IF NOT EXISTS visits_daily
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  zoneId LowCardinality(String) COMMENT 'The zone',
  className LowCardinality(String) COMMENT 'Class of the track',
  day Date COMMENT 'Day of the calendar of the site',
  zoneName String COMMENT 'Name of the zone, last judged',
  visits UInt64 COMMENT 'Visits',
  visitors UInt64 COMMENT 'Distinct tracks; never add these over cameras or periods',
  late UInt64 COMMENT 'of which arrived late',
  dwellMsSum UInt64 COMMENT 'Summed dwell, milliseconds',
  dwellMsMean Float64 COMMENT 'Mean dwell of a visit, milliseconds',
  dwellMsP25 Float64 COMMENT 'First quartile of dwell, milliseconds, within 1 %',
  dwellMsP50 Float64 COMMENT 'Median of dwell, milliseconds, within 1 %',
  dwellMsP75 Float64 COMMENT 'Third quartile of dwell, milliseconds, within 1 %',
  dwellMsP90 Float64 COMMENT '90th percentile of dwell, milliseconds, within 1 %',
  dwellMsP95 Float64 COMMENT '95th percentile of dwell, milliseconds, within 1 %',
  dwellMsP99 Float64 COMMENT '99th percentile of dwell, milliseconds, within 1 %',
  dwellMsLongest UInt64 COMMENT 'Longest dwell, milliseconds',
  observedMs UInt64 COMMENT 'Milliseconds in which it was watched; 0 when that is not known yet'
)
AS SELECT
  siteId, cameraId, zoneId, className, toDate(startsAt) AS day,
  zoneName, visits, visitors, late, dwellMsSum, dwellMsMean, dwellMsP25, dwellMsP50, dwellMsP75, dwellMsP90, dwellMsP95, dwellMsP99, dwellMsLongest, observedMs
FROM
(
  SELECT
    quantilesDDMerge(0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)(dwellMsState) AS quantiles,
    period, siteId, cameraId, zoneId, className, startsAt, any(rollup.localAt) AS localAt,
    anyLast(rollup.zoneName) AS zoneName,
    sum(visitsTotal) AS visits,
    uniqMerge(visitorsState) AS visitors,
    sum(lateTotal) AS late,
    sum(dwellMsTotal) AS dwellMsSum,
    sum(dwellMsTotal) / sum(visitsTotal) AS dwellMsMean,
    quantiles[1] AS dwellMsP25,
    quantiles[2] AS dwellMsP50,
    quantiles[3] AS dwellMsP75,
    quantiles[4] AS dwellMsP90,
    quantiles[5] AS dwellMsP95,
    quantiles[6] AS dwellMsP99,
    max(dwellMsMax) AS dwellMsLongest
  FROM rollup_visits AS rollup
  WHERE period = 'day'
  GROUP BY period, siteId, cameraId, zoneId, className, startsAt
) AS finished
LEFT JOIN (SELECT * FROM zone_observed WHERE period = 'day') AS watched USING (siteId, cameraId, zoneId, startsAt, period)
COMMENT 'Ended visits by zone and class, at the time they began';

CREATE VIEW IF NOT EXISTS presence_15min
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  zoneId LowCardinality(String) COMMENT 'The zone',
  bucketAt DateTime('UTC') COMMENT 'Start of the quarter hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  zoneName String COMMENT 'Name of the zone, last judged',
  personMs UInt64 COMMENT 'Summed presence, person-milliseconds',
  observedMs UInt64 COMMENT 'Milliseconds in which the zone was watched',
  occupancyMean Float64 COMMENT 'personMs / observedMs; not a number when nothing was watched',
  occupancyHighest UInt32 COMMENT 'Highest count'
)
AS SELECT
  siteId, cameraId, zoneId, startsAt AS bucketAt, localAt,
  zoneName, personMs, observedMs, occupancyMean, occupancyHighest
FROM
(
  SELECT
    period, siteId, cameraId, zoneId, startsAt, any(rollup.localAt) AS localAt,
    anyLast(rollup.zoneName) AS zoneName,
    sum(personMsTotal) AS personMs,
    sum(observedMsTotal) AS observedMs,
    sum(personMsTotal) / sum(observedMsTotal) AS occupancyMean,
    max(occupancyMax) AS occupancyHighest
  FROM rollup_presence AS rollup
  WHERE period = 'quarter'
  GROUP BY period, siteId, cameraId, zoneId, startsAt
) AS finished
COMMENT 'Time people spent in each zone, with zeros while it was watched';

CREATE VIEW IF NOT EXISTS presence_hourly
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  zoneId LowCardinality(String) COMMENT 'The zone',
  hourAt DateTime('UTC') COMMENT 'First instant of the hour',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  zoneName String COMMENT 'Name of the zone, last judged',
  personMs UInt64 COMMENT 'Summed presence, person-milliseconds',
  observedMs UInt64 COMMENT 'Milliseconds in which the zone was watched',
  occupancyMean Float64 COMMENT 'personMs / observedMs; not a number when nothing was watched',
  occupancyHighest UInt32 COMMENT 'Highest count'
)
AS SELECT
  siteId, cameraId, zoneId, startsAt AS hourAt, localAt,
  zoneName, personMs, observedMs, occupancyMean, occupancyHighest
FROM
(
  SELECT
    period, siteId, cameraId, zoneId, startsAt, any(rollup.localAt) AS localAt,
    anyLast(rollup.zoneName) AS zoneName,
    sum(personMsTotal) AS personMs,
    sum(observedMsTotal) AS observedMs,
    sum(personMsTotal) / sum(observedMsTotal) AS occupancyMean,
    max(occupancyMax) AS occupancyHighest
  FROM rollup_presence AS rollup
  WHERE period = 'hour'
  GROUP BY period, siteId, cameraId, zoneId, startsAt
) AS finished
COMMENT 'Time people spent in each zone, with zeros while it was watched';

CREATE VIEW IF NOT EXISTS presence_daily
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  zoneId LowCardinality(String) COMMENT 'The zone',
  day Date COMMENT 'Day of the calendar of the site',
  zoneName String COMMENT 'Name of the zone, last judged',
  personMs UInt64 COMMENT 'Summed presence, person-milliseconds',
  observedMs UInt64 COMMENT 'Milliseconds in which the zone was watched',
  occupancyMean Float64 COMMENT 'personMs / observedMs; not a number when nothing was watched',
  occupancyHighest UInt32 COMMENT 'Highest count'
)
AS SELECT
  siteId, cameraId, zoneId, toDate(startsAt) AS day,
  zoneName, personMs, observedMs, occupancyMean, occupancyHighest
FROM
(
  SELECT
    period, siteId, cameraId, zoneId, startsAt, any(rollup.localAt) AS localAt,
    anyLast(rollup.zoneName) AS zoneName,
    sum(personMsTotal) AS personMs,
    sum(observedMsTotal) AS observedMs,
    sum(personMsTotal) / sum(observedMsTotal) AS occupancyMean,
    max(occupancyMax) AS occupancyHighest
  FROM rollup_presence AS rollup
  WHERE period = 'day'
  GROUP BY period, siteId, cameraId, zoneId, startsAt
) AS finished
COMMENT 'Time people spent in each zone, with zeros while it was watched';
