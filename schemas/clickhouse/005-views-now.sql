-- The newest configuration under plain names, and what the other views lean on.

CREATE VIEW IF NOT EXISTS sites
(
  siteId LowCardinality(String) COMMENT 'The site',
  name String COMMENT 'For people',
  timeZone LowCardinality(String) COMMENT 'IANA time zone whose hours and days its rollups use',
  version UInt64 COMMENT 'Version of the document'
)
AS SELECT siteId, name, timeZone, version
FROM site_versions
WHERE (siteId, version) IN (SELECT siteId, max(version) FROM site_versions GROUP BY siteId) AND NOT deleted
LIMIT 1 BY siteId
COMMENT 'The sites that are there now';

CREATE VIEW IF NOT EXISTS cameras
(
  cameraId LowCardinality(String) COMMENT 'The camera',
  siteId LowCardinality(String) COMMENT 'Its site',
  name String COMMENT 'For people',
  enabled Bool COMMENT 'False: not decoded',
  sourceKind LowCardinality(String) COMMENT 'rtsp, file or images',
  fps Float64 COMMENT 'Frames a second to analyse; 0 takes every frame',
  modelId LowCardinality(String) COMMENT 'Model to run; empty: pictures only',
  placement LowCardinality(String) COMMENT 'cloud or edge',
  version UInt64 COMMENT 'Version of the document'
)
AS SELECT cameraId, siteId, name, enabled, sourceKind, fps, modelId, placement, version
FROM camera_versions
WHERE (cameraId, version) IN (SELECT cameraId, max(version) FROM camera_versions GROUP BY cameraId) AND NOT deleted
LIMIT 1 BY cameraId
COMMENT 'The cameras that are there now';

CREATE VIEW IF NOT EXISTS lines
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  lineId LowCardinality(String) COMMENT 'The line',
  name String COMMENT 'For people',
  role LowCardinality(String) COMMENT 'entrance counts for the site; empty does not',
  ax Float64 COMMENT 'Tail of the arrow, 0-1 from the left',
  ay Float64 COMMENT 'Tail of the arrow, 0-1 from the top',
  bx Float64 COMMENT 'Head of the arrow, 0-1 from the left',
  by Float64 COMMENT 'Head of the arrow, 0-1 from the top',
  version UInt64 COMMENT 'Version of the camera document'
)
AS SELECT cameras.siteId, lines.cameraId, lines.lineId, lines.name, lines.role, lines.ax, lines.ay, lines.bx, lines.by, lines.version
FROM (SELECT * FROM line_versions LIMIT 1 BY cameraId, lineId, version) AS lines
INNER JOIN cameras ON lines.cameraId = cameras.cameraId AND lines.version = cameras.version
COMMENT 'The lines that are there now';

CREATE VIEW IF NOT EXISTS zones
(
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  zoneId LowCardinality(String) COMMENT 'The zone',
  name String COMMENT 'For people',
  polygon Array(Tuple(x Float64, y Float64)) COMMENT 'Corners, 0-1, origin top left',
  version UInt64 COMMENT 'Version of the camera document'
)
AS SELECT cameras.siteId, zones.cameraId, zones.zoneId, zones.name, zones.polygon, zones.version
FROM (SELECT * FROM zone_versions LIMIT 1 BY cameraId, zoneId, version) AS zones
INNER JOIN cameras ON zones.cameraId = cameras.cameraId AND zones.version = cameras.version
COMMENT 'The zones that are there now';

CREATE VIEW IF NOT EXISTS camera_observed
(
  period LowCardinality(String) COMMENT 'quarter, hour or day',
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  startsAt DateTime('UTC') COMMENT 'Start of the period',
  observedMs UInt64 COMMENT 'Milliseconds in which the camera was watched'
)
AS SELECT period, siteId, cameraId, startsAt, sum(observedMsTotal) AS observedMs
FROM rollup_observed
GROUP BY period, siteId, cameraId, startsAt
COMMENT 'Watched time by camera and period';

CREATE VIEW IF NOT EXISTS zone_observed
(
  period LowCardinality(String) COMMENT 'quarter, hour or day',
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  zoneId LowCardinality(String) COMMENT 'The zone',
  startsAt DateTime('UTC') COMMENT 'Start of the period',
  observedMs UInt64 COMMENT 'Milliseconds in which the zone was watched'
)
AS SELECT period, siteId, cameraId, zoneId, startsAt, sum(observedMsTotal) AS observedMs
FROM rollup_presence
GROUP BY period, siteId, cameraId, zoneId, startsAt
COMMENT 'Watched time by zone and period';

-- A line was watched while its camera was judged by a version of the document that has the line.
CREATE VIEW IF NOT EXISTS line_observed
(
  period LowCardinality(String) COMMENT 'quarter, hour or day',
  siteId LowCardinality(String) COMMENT 'The site',
  cameraId LowCardinality(String) COMMENT 'The camera',
  lineId LowCardinality(String) COMMENT 'The line',
  startsAt DateTime('UTC') COMMENT 'Start of the period',
  localAt DateTime('UTC') COMMENT 'The same on the clock of the site, as a label',
  observedMs UInt64 COMMENT 'Milliseconds in which the line was watched'
)
AS SELECT period, siteId, cameraId, lineId, startsAt, any(watched.localAt) AS localAt, sum(observedMsTotal) AS observedMs
FROM rollup_observed AS watched
INNER JOIN (SELECT DISTINCT cameraId, lineId, version AS configVersion FROM line_versions) AS lines USING (cameraId, configVersion)
GROUP BY period, siteId, cameraId, lineId, startsAt
COMMENT 'Watched time by line and period';
