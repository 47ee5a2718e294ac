-- +goose Up
ALTER TABLE users ADD COLUMN kind text NOT NULL DEFAULT 'person';
COMMENT ON COLUMN users.kind IS 'person, or service: no address of its own, and no one can log in to it';

CREATE TABLE api_keys (
	id           uuid PRIMARY KEY,
	user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	name         text NOT NULL,
	hint         text NOT NULL,
	digest       bytea NOT NULL,
	scopes       text[] NOT NULL,
	generation   integer NOT NULL DEFAULT 0,
	created_at   timestamptz NOT NULL DEFAULT now(),
	expires_at   timestamptz,
	ended_at     timestamptz,
	last_used_at timestamptz,
	last_used_ip text
) WITH (fillfactor = 70);
COMMENT ON COLUMN api_keys.hint IS 'how the key begins; it says nothing of its random part';
COMMENT ON COLUMN api_keys.digest IS 'SHA-256 of the random part, which is kept nowhere';
COMMENT ON COLUMN api_keys.scopes IS 'the most that the key may do; its owner has to be able to do it, too';
COMMENT ON COLUMN api_keys.generation IS 'not 0: another key took its place, and it ends at expires_at';

CREATE INDEX api_keys_user ON api_keys (user_id);
CREATE INDEX api_keys_end ON api_keys (least(ended_at, expires_at));

-- +goose Down
DROP TABLE api_keys;
ALTER TABLE users DROP COLUMN kind;
