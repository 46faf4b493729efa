-- Up Migration

-- Configuration as people edit it. `config_outbox` is what the rest of the system sees of it.
-- Ids, names and limits are checked by the validator in schemas/config.ts, in one place for writers and readers.

CREATE TABLE sites (
  site_id text PRIMARY KEY,
  name text NOT NULL,
  time_zone text NOT NULL,
  version bigint NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE sites IS 'Places with cameras';
COMMENT ON COLUMN sites.time_zone IS 'IANA time zone whose hours and days the rollups use';
COMMENT ON COLUMN sites.version IS 'Grows by one with each change, from 1';

CREATE TABLE cameras (
  camera_id text PRIMARY KEY,
  site_id text NOT NULL REFERENCES sites,
  name text NOT NULL,
  enabled boolean NOT NULL,
  source_kind text NOT NULL,
  source_url text NOT NULL,
  source_credentials text,
  model_id text NOT NULL,
  settings jsonb NOT NULL,
  version bigint NOT NULL,
  removed_at timestamptz,
  changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE cameras IS 'Cameras; a removed one keeps its row, so that its versions go on growing when the id is used again';
COMMENT ON COLUMN cameras.source_url IS 'URL without credentials, or an absolute path';
COMMENT ON COLUMN cameras.source_credentials IS 'user:password, encrypted (AES-256-GCM) with the installation''s secret key';
COMMENT ON COLUMN cameras.settings IS 'The rest of the camera document, as in the config topic';
COMMENT ON COLUMN cameras.version IS 'Grows by one with each change of the camera or its geometry, from 1';

CREATE TABLE lines (
  camera_id text NOT NULL REFERENCES cameras ON DELETE CASCADE,
  line_id text NOT NULL,
  position integer NOT NULL,
  name text NOT NULL,
  a_x double precision NOT NULL,
  a_y double precision NOT NULL,
  b_x double precision NOT NULL,
  b_y double precision NOT NULL,
  settings jsonb NOT NULL,
  PRIMARY KEY (camera_id, line_id)
);
COMMENT ON TABLE lines IS 'Counting lines, arrows from a to b in shares of the picture';
COMMENT ON COLUMN lines.position IS 'Order in the document';

CREATE TABLE zones (
  camera_id text NOT NULL REFERENCES cameras ON DELETE CASCADE,
  zone_id text NOT NULL,
  position integer NOT NULL,
  name text NOT NULL,
  polygon jsonb NOT NULL,
  settings jsonb NOT NULL,
  PRIMARY KEY (camera_id, zone_id)
);
COMMENT ON TABLE zones IS 'Zones, polygons in shares of the picture';

CREATE TABLE masks (
  camera_id text NOT NULL REFERENCES cameras ON DELETE CASCADE,
  mask_id text NOT NULL,
  position integer NOT NULL,
  name text NOT NULL,
  polygon jsonb NOT NULL,
  PRIMARY KEY (camera_id, mask_id)
);
COMMENT ON TABLE masks IS 'Privacy masks, painted over before a frame leaves the decoder';

-- Down Migration

DROP TABLE masks, zones, lines, cameras, sites;
