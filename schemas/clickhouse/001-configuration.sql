-- What the events' ids mean: every version of every document of the `config` topic.
-- A redelivered version replaces itself, so these tables may be read with or without FINAL.
-- A source's URL and credentials are not here: they are nobody's business in a warehouse.

CREATE TABLE IF NOT EXISTS site_versions
(
  siteId LowCardinality(String) COMMENT 'The site',
  version UInt64 COMMENT 'Version of the document, from 1',
  effectiveFrom DateTime64(6, 'UTC') COMMENT 'The version holds from here on',
  deleted Bool COMMENT 'True: the site is gone from effectiveFrom on',
  name String COMMENT 'For people',
  timeZone LowCardinality(String) COMMENT 'IANA time zone whose hours and days its rollups use'
)
ENGINE = ReplacingMergeTree
ORDER BY (siteId, version)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Every version of every site';

CREATE TABLE IF NOT EXISTS camera_versions
(
  cameraId LowCardinality(String) COMMENT 'The camera',
  version UInt64 COMMENT 'Version of the document, from 1; configVersion of the events judged by it',
  effectiveFrom DateTime64(6, 'UTC') COMMENT 'The version holds for records captured from here on',
  deleted Bool COMMENT 'True: the camera is gone from effectiveFrom on',
  siteId LowCardinality(String) COMMENT 'Its site',
  name String COMMENT 'For people',
  enabled Bool COMMENT 'False: not decoded',
  sourceKind LowCardinality(String) COMMENT 'rtsp, file or images',
  fps Float64 COMMENT 'Frames a second to analyse; 0 takes every frame',
  modelId LowCardinality(String) COMMENT 'Model to run; empty: pictures only',
  placement LowCardinality(String) COMMENT 'cloud or edge',
  viewId String COMMENT 'View the geometry belongs to'
)
ENGINE = ReplacingMergeTree
ORDER BY (cameraId, version)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Every version of every camera';

CREATE TABLE IF NOT EXISTS line_versions
(
  cameraId LowCardinality(String) COMMENT 'The camera',
  lineId LowCardinality(String) COMMENT 'The line',
  version UInt64 COMMENT 'Version of the camera document that has this line',
  name String COMMENT 'For people',
  role LowCardinality(String) COMMENT 'entrance counts for the site; empty does not',
  ax Float64 COMMENT 'Tail of the arrow, 0-1 from the left',
  ay Float64 COMMENT 'Tail of the arrow, 0-1 from the top',
  bx Float64 COMMENT 'Head of the arrow, 0-1 from the left',
  by Float64 COMMENT 'Head of the arrow, 0-1 from the top',
  classes Array(LowCardinality(String)) COMMENT 'Classes that count; empty: all',
  triggeringAnchor LowCardinality(String) COMMENT 'Point of the box that counts',
  hysteresis Float64 COMMENT 'Half-width of the dead band, picture heights',
  confirmMs UInt32 COMMENT 'The far side must be held this long',
  observationsMin UInt16 COMMENT 'and seen this often'
)
ENGINE = ReplacingMergeTree
ORDER BY (cameraId, lineId, version)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'The lines of every version of every camera';

CREATE TABLE IF NOT EXISTS zone_versions
(
  cameraId LowCardinality(String) COMMENT 'The camera',
  zoneId LowCardinality(String) COMMENT 'The zone',
  version UInt64 COMMENT 'Version of the camera document that has this zone',
  name String COMMENT 'For people',
  polygon Array(Tuple(x Float64, y Float64)) COMMENT 'Corners, 0-1, origin top left',
  classes Array(LowCardinality(String)) COMMENT 'Classes that count; empty: all',
  triggeringAnchor LowCardinality(String) COMMENT 'Point of the box that counts',
  enterMs UInt32 COMMENT 'Inside this long before the stay counts',
  graceMs UInt32 COMMENT 'Unseen or outside this long before it ends; never adds to dwell'
)
ENGINE = ReplacingMergeTree
ORDER BY (cameraId, zoneId, version)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'The zones of every version of every camera';
