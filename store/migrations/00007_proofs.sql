-- +goose Up
ALTER TABLE users
	ADD COLUMN stamp         integer NOT NULL DEFAULT 0,
	ADD COLUMN has_password  boolean NOT NULL DEFAULT true,
	ADD COLUMN pending_email text;
COMMENT ON COLUMN users.stamp IS 'raised when the account is disabled or taken over: proofs of before are of no use';
COMMENT ON COLUMN users.has_password IS 'false: password_hash is that of random bytes which are kept nowhere';
COMMENT ON COLUMN users.pending_email IS 'the address that the account gets once it is proved';

CREATE TABLE proofs (
	id          uuid PRIMARY KEY,
	purpose     text NOT NULL,
	subject_key text NOT NULL,
	user_id     uuid REFERENCES users ON DELETE CASCADE,
	stamp       bytea,
	session_id  uuid,
	seed        bytea NOT NULL,
	tries       smallint NOT NULL DEFAULT 0,
	data        jsonb NOT NULL DEFAULT '{}',
	created_at  timestamptz NOT NULL,
	sent_at     timestamptz NOT NULL,
	mail_id     uuid,
	expires_at  timestamptz NOT NULL,
	used_at     timestamptz
);
COMMENT ON TABLE proofs IS 'what a link or a code in a mail proves, once';
COMMENT ON COLUMN proofs.subject_key IS 'the canonical address that it is about';
COMMENT ON COLUMN proofs.user_id IS 'null until the mail is sent, and for an address without an account';
COMMENT ON COLUMN proofs.stamp IS 'a digest of what the account was like then: of its stamp, address and password';
COMMENT ON COLUMN proofs.session_id IS 'the session that asked for it';
COMMENT ON COLUMN proofs.seed IS 'the part of the link and the code that only the database has';
COMMENT ON COLUMN proofs.tries IS 'codes that were tried';
COMMENT ON COLUMN proofs.mail_id IS 'the last mail that was queued for it';
COMMENT ON COLUMN proofs.created_at IS 'when the seed was made; sending the same link again leaves it';
CREATE UNIQUE INDEX proofs_open ON proofs (purpose, subject_key)
	WHERE used_at IS NULL AND purpose IN ('verify_email', 'reset_password', 'login', 'registration', 'invitation');
CREATE UNIQUE INDEX proofs_change ON proofs (user_id) WHERE used_at IS NULL AND purpose = 'change_email';
CREATE INDEX proofs_user ON proofs (user_id);
CREATE INDEX proofs_end ON proofs (expires_at);

CREATE TABLE mails (
	id          uuid PRIMARY KEY,
	kind        text NOT NULL,
	address     text NOT NULL,
	address_key text NOT NULL,
	proof_id    uuid REFERENCES proofs ON DELETE CASCADE,
	user_id     uuid REFERENCES users ON DELETE CASCADE,
	data        jsonb NOT NULL DEFAULT '{}',
	created_at  timestamptz NOT NULL,
	due_at      timestamptz NOT NULL,
	tries       smallint NOT NULL DEFAULT 0,
	sent_at     timestamptz,
	dropped     text
);
COMMENT ON TABLE mails IS 'mails to send, and those of the last days; none has a link or a code, which are made when it is sent';
COMMENT ON COLUMN mails.due_at IS 'when to send it, or if it is being sent, when another replica may';
COMMENT ON COLUMN mails.dropped IS 'why it is not sent';
CREATE INDEX mails_due ON mails (due_at) WHERE sent_at IS NULL AND dropped IS NULL;
CREATE INDEX mails_address ON mails (address_key, created_at);
CREATE INDEX mails_created ON mails (created_at);

-- +goose Down
DROP TABLE mails, proofs;
ALTER TABLE users DROP COLUMN stamp, DROP COLUMN has_password, DROP COLUMN pending_email;
