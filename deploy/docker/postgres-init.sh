#!/bin/sh
# Runs once, when the volume is empty: the registry gets a database and a role of its own, which cannot read
# Sightline's tables.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$REGISTRY_DATABASE_PASSWORD" \
    --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE registry LOGIN PASSWORD :'password';
CREATE DATABASE registry OWNER registry;
REVOKE CONNECT ON DATABASE sightline FROM PUBLIC;
SQL
