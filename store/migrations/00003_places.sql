-- +goose NO TRANSACTION

-- +goose Up
ALTER TABLE sessions ADD COLUMN IF NOT EXISTS place text;
COMMENT ON COLUMN sessions.place IS 'the network of ip; null if the release before wrote the row';

-- Whether an account was used from a network is one look, whatever its past. An index that a
-- failed attempt left is not valid. The new one also finds the sessions of an account to delete.
DROP INDEX CONCURRENTLY IF EXISTS sessions_place;
CREATE INDEX CONCURRENTLY sessions_place ON sessions (user_id, (coalesce(place, ip)));
DROP INDEX CONCURRENTLY IF EXISTS sessions_user;

-- +goose Down
CREATE INDEX CONCURRENTLY IF NOT EXISTS sessions_user ON sessions (user_id);
DROP INDEX CONCURRENTLY IF EXISTS sessions_place;
ALTER TABLE sessions DROP COLUMN IF EXISTS place;
