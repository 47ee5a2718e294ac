-- +goose Up
ALTER TABLE users
	ADD COLUMN factors         smallint NOT NULL DEFAULT 0,
	ADD COLUMN factor_login_at timestamptz,
	ADD CONSTRAINT users_second_factor
		CHECK (factors >= 0 AND (factors = 0 OR last_login_at IS NOT DISTINCT FROM factor_login_at)) NOT VALID;
COMMENT ON COLUMN users.factors IS 'how many second factors the account has: its authenticator app and its passkeys';
COMMENT ON COLUMN users.factor_login_at IS 'the last log-in with two factors';
COMMENT ON CONSTRAINT users_second_factor ON users IS
	'no log-in of an account that has a second factor goes without it: the release before, which does not ask for it, fails here';

CREATE TABLE totp (
	user_id    uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
	sealed     bytea NOT NULL,
	last_step  bigint NOT NULL,
	created_at timestamptz NOT NULL
);
COMMENT ON TABLE totp IS 'authenticator apps (RFC 6238)';
COMMENT ON COLUMN totp.sealed IS 'the shared secret, encrypted with SECRET_KEY';
COMMENT ON COLUMN totp.last_step IS 'the time step of the last code that was used: neither it nor an earlier one works again';

CREATE TABLE recovery_codes (
	user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	digest  bytea NOT NULL,
	used_at timestamptz,
	PRIMARY KEY (user_id, digest)
);
COMMENT ON COLUMN recovery_codes.digest IS 'SHA-256 of a code of 125 random bits, which is kept nowhere';

CREATE UNIQUE INDEX proofs_totp ON proofs (user_id) WHERE used_at IS NULL AND purpose = 'totp';

-- +goose Down
-- The release before would let these accounts in without their second factor.
-- +goose StatementBegin
DO $$
BEGIN
	IF EXISTS (SELECT FROM users WHERE factors > 0) THEN
		RAISE EXCEPTION 'accounts have second factors, which the release before does not ask for; remove them first: gatehouse user reset-factors';
	END IF;
END
$$;
-- +goose StatementEnd
DELETE FROM proofs WHERE purpose IN ('challenge', 'totp');
DROP INDEX proofs_totp;
DROP TABLE recovery_codes, totp;
ALTER TABLE users DROP CONSTRAINT users_second_factor, DROP COLUMN factors, DROP COLUMN factor_login_at;
