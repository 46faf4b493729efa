-- Up Migration

-- Every version of every document. Writers take an advisory lock just before they insert, and hold it to their
-- commit: so `sequence` is the order of commits, and a relay that reads it in order never overtakes anyone.
CREATE TABLE config_outbox (
  sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,
  id text NOT NULL,
  version bigint NOT NULL,
  effective_from_us bigint NOT NULL,
  deleted boolean NOT NULL,
  document jsonb,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  sent_at timestamptz,
  UNIQUE (kind, id, version),
  CHECK (deleted = (document IS NULL))
);
COMMENT ON TABLE config_outbox IS 'Versions of documents on their way to the config topic, and their history for 90 days after they were replaced';
COMMENT ON COLUMN config_outbox.sequence IS 'Order of commits';
COMMENT ON COLUMN config_outbox.effective_from_us IS 'The version holds for records captured from here on, microseconds since epoch';
COMMENT ON COLUMN config_outbox.document IS 'The document as it goes to the topic, credentials encrypted; null when deleted';
COMMENT ON COLUMN config_outbox.sent_at IS 'When the broker had it; null: still to be sent';

CREATE INDEX config_outbox_unsent ON config_outbox (sequence) WHERE sent_at IS NULL;

-- Down Migration

DROP TABLE config_outbox;
