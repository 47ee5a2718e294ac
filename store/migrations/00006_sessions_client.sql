-- +goose NO TRANSACTION
-- +goose Up
-- Sessions go on being opened while the index is built. One that a failed attempt left is not valid.
DROP INDEX CONCURRENTLY IF EXISTS sessions_client;
CREATE INDEX CONCURRENTLY sessions_client ON sessions (client_id, user_id) WHERE client_id IS NOT NULL AND ended_at IS NULL;

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS sessions_client;
