-- name: function
CREATE OR REPLACE FUNCTION pg_temp.masker_quietly(statement text, is_question boolean, OUT rows bigint,
  OUT answer text[], OUT state text, OUT message text,
  OUT in_schema text, OUT in_table text, OUT in_column text, OUT broken text, OUT of_type text, OUT is_within boolean)
    LANGUAGE plpgsql AS $$
DECLARE
  context text;
BEGIN
  IF is_question THEN
    EXECUTE statement INTO answer;
  ELSE
    EXECUTE statement;
  END IF;
  GET DIAGNOSTICS rows = ROW_COUNT;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, in_schema = SCHEMA_NAME,
    in_table = TABLE_NAME, in_column = COLUMN_NAME,
    broken = CONSTRAINT_NAME, of_type = PG_DATATYPE_NAME, context = PG_EXCEPTION_CONTEXT;
  is_within := pg_catalog.strpos(pg_catalog.regexp_replace(pg_catalog.replace(context, statement, ''), E'\n', ''),
    E'\n') > 0;
END $$
