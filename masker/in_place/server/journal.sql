-- name: tables
CREATE SCHEMA IF NOT EXISTS masker;
CREATE TABLE IF NOT EXISTS masker.progress (step text PRIMARY KEY, record jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE IF NOT EXISTS masker.before (kind text, identity text, definition text NOT NULL,
  PRIMARY KEY (kind, identity));
CREATE TABLE IF NOT EXISTS masker.suspended (relation oid PRIMARY KEY, restore text[] NOT NULL, record jsonb NOT NULL);
CREATE TABLE IF NOT EXISTS masker.batch (relation oid, number integer, upto text[],
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'put off', 'done')), said jsonb,
  PRIMARY KEY (relation, number));
