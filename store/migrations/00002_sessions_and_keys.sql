-- +goose Up
ALTER TABLE sessions ADD COLUMN amr text[] NOT NULL DEFAULT '{pwd}';
COMMENT ON COLUMN sessions.amr IS 'how the person was authenticated, as RFC 8176 names it';

CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;
-- To delete an account is to delete its sessions, also those that ended, which sessions_of_user lacks.
CREATE INDEX sessions_user ON sessions (user_id);

ALTER TABLE signing_keys
	ADD COLUMN signs_from timestamptz NOT NULL DEFAULT now(),
	ADD COLUMN signed_at timestamptz;
-- A key's age counts from here on, lest it is replaced while replicas of the release before, which know no new ones, still run.
UPDATE signing_keys SET signed_at = now();
COMMENT ON COLUMN signing_keys.signs_from IS 'until then it is published only, so that everybody who verifies tokens has it';
COMMENT ON COLUMN signing_keys.signed_at IS 'when a replica last said that it signs with it';

ALTER TABLE changes ADD COLUMN keys boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN changes.keys IS 'the signing keys are others now';

-- +goose Down
ALTER TABLE changes DROP COLUMN keys;
ALTER TABLE signing_keys DROP COLUMN signed_at, DROP COLUMN signs_from;
DROP INDEX sessions_ended, sessions_user;
ALTER TABLE sessions DROP COLUMN amr;
