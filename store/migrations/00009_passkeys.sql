-- +goose Up
CREATE TABLE passkeys (
	id              uuid PRIMARY KEY,
	user_id         uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	rp_id           text NOT NULL,
	credential_id   bytea NOT NULL,
	public_key      bytea NOT NULL,
	sign_count      bigint NOT NULL,
	backup_eligible boolean NOT NULL,
	backed_up       boolean NOT NULL,
	transports      text[] NOT NULL,
	aaguid          uuid,
	name            text NOT NULL,
	created_at      timestamptz NOT NULL,
	last_used_at    timestamptz,
	suspended_at    timestamptz,
	CONSTRAINT passkeys_credential UNIQUE (rp_id, credential_id)
);
COMMENT ON TABLE passkeys IS 'key pairs of people, whose private keys are in their devices (WebAuthn)';
COMMENT ON COLUMN passkeys.rp_id IS 'the domain that it was made for: it works for no other';
COMMENT ON COLUMN passkeys.public_key IS 'a COSE key (RFC 9052)';
COMMENT ON COLUMN passkeys.sign_count IS 'how often the device signed, as it says; 0 if it does not count';
COMMENT ON COLUMN passkeys.backup_eligible IS 'devices may share the private key; true stays true';
COMMENT ON COLUMN passkeys.aaguid IS 'the kind of device, as it says';
COMMENT ON COLUMN passkeys.suspended_at IS 'when a copy of it was seen; it logs no one in since';
CREATE INDEX passkeys_user ON passkeys (user_id);

-- +goose Down
-- +goose StatementBegin
DO $$
BEGIN
	IF EXISTS (SELECT FROM passkeys) THEN
		RAISE EXCEPTION 'accounts have passkeys, and the release before does not ask for them: remove them first';
	END IF;
END
$$;
-- +goose StatementEnd
DROP TABLE passkeys;
DELETE FROM proofs WHERE purpose LIKE 'passkey%';
