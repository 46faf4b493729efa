-- What fills the rollups. A block is grouped by quarter first; each group then counts for its quarter, for the
-- hour and for the day of its site, so that the join with the time zones sees few rows.
-- A site that is not known yet counts in UTC; the README says how its hours and days are made again.

CREATE MATERIALIZED VIEW IF NOT EXISTS crossings_into_rollup TO rollup_crossings AS
SELECT
  slot.1 AS period, siteId, cameraId, lineId, role, direction, className, slot.2 AS startsAt, slot.3 AS localAt,
  lineName, crossingsTotal, lateTotal
FROM
(
  SELECT
    grouped.*,
    toDateTime(formatDateTime(quarterAt, '%F %T', if(zone.timeZone = '', 'UTC', zone.timeZone)), 'UTC') AS clock
  FROM
  (
    SELECT
      siteId, cameraId, lineId, role, direction, className, toStartOfFifteenMinutes(toDateTime(crossedAt, 'UTC')) AS quarterAt,
      anyLast(toString(crossings.lineName)) AS lineName,
      count() AS crossingsTotal,
      countIf(late) AS lateTotal
    FROM crossings
    GROUP BY siteId, cameraId, lineId, role, direction, className, quarterAt
  ) AS grouped
  LEFT JOIN site_time_zones AS zone USING (siteId)
)
ARRAY JOIN [
  ('quarter', quarterAt, clock),
  ('hour', quarterAt - toIntervalMinute(toMinute(clock)), toStartOfHour(clock)),
  ('day', toStartOfDay(clock), toStartOfDay(clock))
] AS slot;

CREATE MATERIALIZED VIEW IF NOT EXISTS visits_into_rollup TO rollup_visits AS
SELECT
  slot.1 AS period, siteId, cameraId, zoneId, className, slot.2 AS startsAt, slot.3 AS localAt,
  zoneName, visitsTotal, lateTotal, dwellMsTotal, dwellMsMax, visitorsState, dwellMsState
FROM
(
  SELECT
    grouped.*,
    toDateTime(formatDateTime(quarterAt, '%F %T', if(zone.timeZone = '', 'UTC', zone.timeZone)), 'UTC') AS clock
  FROM
  (
    SELECT
      siteId, cameraId, zoneId, className, toStartOfFifteenMinutes(toDateTime(enteredAt, 'UTC')) AS quarterAt,
      anyLast(toString(visits.zoneName)) AS zoneName,
      count() AS visitsTotal,
      countIf(late) AS lateTotal,
      sum(dwellMs) AS dwellMsTotal,
      max(dwellMs) AS dwellMsMax,
      uniqState(trackId) AS visitorsState,
      quantilesDDState(0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)(dwellMs) AS dwellMsState
    FROM visits
    WHERE phase = 'left'
    GROUP BY siteId, cameraId, zoneId, className, quarterAt
  ) AS grouped
  LEFT JOIN site_time_zones AS zone USING (siteId)
)
ARRAY JOIN [
  ('quarter', quarterAt, clock),
  ('hour', quarterAt - toIntervalMinute(toMinute(clock)), toStartOfHour(clock)),
  ('day', toStartOfDay(clock), toStartOfDay(clock))
] AS slot;

CREATE MATERIALIZED VIEW IF NOT EXISTS presence_into_rollup TO rollup_presence AS
SELECT
  slot.1 AS period, siteId, cameraId, zoneId, slot.2 AS startsAt, slot.3 AS localAt,
  zoneName, personMsTotal, observedMsTotal, occupancyMax
FROM
(
  SELECT
    grouped.*,
    toDateTime(formatDateTime(quarterAt, '%F %T', if(zone.timeZone = '', 'UTC', zone.timeZone)), 'UTC') AS clock
  FROM
  (
    SELECT
      siteId, cameraId, zone AS zoneId, toStartOfFifteenMinutes(toDateTime(minuteAt, 'UTC')) AS quarterAt,
      anyLast(toString(nameOfZone)) AS zoneName,
      sum(personMsInZone) AS personMsTotal,
      sum(toUInt64(observedMsOfZone)) AS observedMsTotal,
      max(occupancyMaxOfZone) AS occupancyMax
    FROM measures
    ARRAY JOIN zones.zoneId AS zone, zones.zoneName AS nameOfZone, zones.personMs AS personMsInZone, zones.observedMs AS observedMsOfZone, zones.occupancyMax AS occupancyMaxOfZone
    GROUP BY siteId, cameraId, zoneId, quarterAt
  ) AS grouped
  LEFT JOIN site_time_zones AS zone USING (siteId)
)
ARRAY JOIN [
  ('quarter', quarterAt, clock),
  ('hour', quarterAt - toIntervalMinute(toMinute(clock)), toStartOfHour(clock)),
  ('day', toStartOfDay(clock), toStartOfDay(clock))
] AS slot;

CREATE MATERIALIZED VIEW IF NOT EXISTS observed_into_rollup TO rollup_observed AS
SELECT
  slot.1 AS period, siteId, cameraId, configVersion, slot.2 AS startsAt, slot.3 AS localAt,
  observedMsTotal, framesTotal, lateMinutes
FROM
(
  SELECT
    grouped.*,
    toDateTime(formatDateTime(quarterAt, '%F %T', if(zone.timeZone = '', 'UTC', zone.timeZone)), 'UTC') AS clock
  FROM
  (
    SELECT
      siteId, cameraId, configVersion, toStartOfFifteenMinutes(toDateTime(minuteAt, 'UTC')) AS quarterAt,
      sum(toUInt64(observedMs)) AS observedMsTotal,
      sum(toUInt64(frames)) AS framesTotal,
      countIf(late) AS lateMinutes
    FROM measures
    GROUP BY siteId, cameraId, configVersion, quarterAt
  ) AS grouped
  LEFT JOIN site_time_zones AS zone USING (siteId)
)
ARRAY JOIN [
  ('quarter', quarterAt, clock),
  ('hour', quarterAt - toIntervalMinute(toMinute(clock)), toStartOfHour(clock)),
  ('day', toStartOfDay(clock), toStartOfDay(clock))
] AS slot;

CREATE MATERIALIZED VIEW IF NOT EXISTS heat_into_rollup TO rollup_heat AS
SELECT
  slot.1 AS period, siteId, cameraId, heatColumns, heatRows, cell, slot.2 AS startsAt, slot.3 AS localAt,
  personMsTotal
FROM
(
  SELECT
    grouped.*,
    toDateTime(formatDateTime(quarterAt, '%F %T', if(zone.timeZone = '', 'UTC', zone.timeZone)), 'UTC') AS clock
  FROM
  (
    SELECT
      siteId, cameraId, heatColumns, heatRows, heatCell AS cell, toStartOfFifteenMinutes(toDateTime(minuteAt, 'UTC')) AS quarterAt,
      sum(personMsInCell) AS personMsTotal
    FROM measures
    ARRAY JOIN heat.cell AS heatCell, heat.personMs AS personMsInCell
    GROUP BY siteId, cameraId, heatColumns, heatRows, cell, quarterAt
  ) AS grouped
  LEFT JOIN site_time_zones AS zone USING (siteId)
)
ARRAY JOIN [
  ('quarter', quarterAt, clock),
  ('hour', quarterAt - toIntervalMinute(toMinute(clock)), toStartOfHour(clock)),
  ('day', toStartOfDay(clock), toStartOfDay(clock))
] AS slot;

CREATE MATERIALIZED VIEW IF NOT EXISTS inspections_into_rollup TO rollup_inspections AS
SELECT
  slot.1 AS period, siteId, cameraId, lot, verdict, slot.2 AS startsAt, slot.3 AS localAt,
  partsTotal, cycleMsTotal, cyclesTotal
FROM
(
  SELECT
    grouped.*,
    toDateTime(formatDateTime(quarterAt, '%F %T', if(zone.timeZone = '', 'UTC', zone.timeZone)), 'UTC') AS clock
  FROM
  (
    SELECT
      siteId, cameraId, lot, verdict, toStartOfFifteenMinutes(toDateTime(inspectedAt, 'UTC')) AS quarterAt,
      count() AS partsTotal,
      sum(cycleMs) AS cycleMsTotal,
      countIf(cycleMs > 0) AS cyclesTotal
    FROM inspections
    GROUP BY siteId, cameraId, lot, verdict, quarterAt
  ) AS grouped
  LEFT JOIN site_time_zones AS zone USING (siteId)
)
ARRAY JOIN [
  ('quarter', quarterAt, clock),
  ('hour', quarterAt - toIntervalMinute(toMinute(clock)), toStartOfHour(clock)),
  ('day', toStartOfDay(clock), toStartOfDay(clock))
] AS slot;

CREATE MATERIALIZED VIEW IF NOT EXISTS defects_into_rollup TO rollup_defects AS
SELECT
  slot.1 AS period, siteId, cameraId, lot, kind, slot.2 AS startsAt, slot.3 AS localAt,
  defectsTotal
FROM
(
  SELECT
    grouped.*,
    toDateTime(formatDateTime(quarterAt, '%F %T', if(zone.timeZone = '', 'UTC', zone.timeZone)), 'UTC') AS clock
  FROM
  (
    SELECT
      siteId, cameraId, lot, kindOfDefect AS kind, toStartOfFifteenMinutes(toDateTime(inspectedAt, 'UTC')) AS quarterAt,
      count() AS defectsTotal
    FROM inspections
    ARRAY JOIN defects.kind AS kindOfDefect
    GROUP BY siteId, cameraId, lot, kind, quarterAt
  ) AS grouped
  LEFT JOIN site_time_zones AS zone USING (siteId)
)
ARRAY JOIN [
  ('quarter', quarterAt, clock),
  ('hour', quarterAt - toIntervalMinute(toMinute(clock)), toStartOfHour(clock)),
  ('day', toStartOfDay(clock), toStartOfDay(clock))
] AS slot;

CREATE MATERIALIZED VIEW IF NOT EXISTS alerts_into_rollup TO rollup_alerts AS
SELECT
  slot.1 AS period, siteId, cameraId, ruleId, ruleKind, severity, slot.2 AS startsAt, slot.3 AS localAt,
  ruleName, alertsTotal, lateTotal
FROM
(
  SELECT
    grouped.*,
    toDateTime(formatDateTime(quarterAt, '%F %T', if(zone.timeZone = '', 'UTC', zone.timeZone)), 'UTC') AS clock
  FROM
  (
    SELECT
      siteId, cameraId, ruleId, ruleKind, severity, toStartOfFifteenMinutes(toDateTime(raisedAt, 'UTC')) AS quarterAt,
      anyLast(toString(alerts.ruleName)) AS ruleName,
      count() AS alertsTotal,
      countIf(late) AS lateTotal
    FROM alerts
    WHERE phase = 'raised'
    GROUP BY siteId, cameraId, ruleId, ruleKind, severity, quarterAt
  ) AS grouped
  LEFT JOIN site_time_zones AS zone USING (siteId)
)
ARRAY JOIN [
  ('quarter', quarterAt, clock),
  ('hour', quarterAt - toIntervalMinute(toMinute(clock)), toStartOfHour(clock)),
  ('day', toStartOfDay(clock), toStartOfDay(clock))
] AS slot;
