-- +goose Up
CREATE TABLE roles (
	name       text PRIMARY KEY,
	scopes     text[] NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN roles.scopes IS 'what the role grants; admin grants all there are, whatever stands here';

INSERT INTO roles (name) VALUES ('admin'), ('user');

CREATE TABLE users (
	id             uuid PRIMARY KEY,
	email          text NOT NULL,
	email_key      text NOT NULL CONSTRAINT users_email_key UNIQUE,
	email_folded   text NOT NULL,
	name           text,
	name_folded    text,
	password_hash  text NOT NULL,
	roles          text[] NOT NULL,
	email_verified boolean NOT NULL DEFAULT false,
	disabled       boolean NOT NULL DEFAULT false,
	created_at     timestamptz NOT NULL,
	updated_at     timestamptz NOT NULL,
	last_login_at  timestamptz
);
COMMENT ON COLUMN users.email IS 'as typed';
COMMENT ON COLUMN users.email_key IS 'the canonical form: two addresses are the same if their keys are';
COMMENT ON COLUMN users.email_folded IS 'what a search by prefix compares; so is name_folded';

CREATE INDEX users_email_prefix ON users (email_folded text_pattern_ops);
CREATE INDEX users_name_prefix ON users (name_folded text_pattern_ops);
CREATE INDEX users_roles ON users USING gin (roles);

CREATE TABLE sessions (
	id           uuid PRIMARY KEY,
	user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	seed         bytea NOT NULL,
	counter      bigint NOT NULL DEFAULT 0,
	generation   integer NOT NULL DEFAULT 0,
	scope_limit  text[],
	ip           text NOT NULL,
	user_agent   text NOT NULL,
	auth_time    timestamptz NOT NULL,
	created_at   timestamptz NOT NULL DEFAULT now(),
	refreshed_at timestamptz NOT NULL DEFAULT now(),
	ended_at     timestamptz,
	end_reason   text
) WITH (fillfactor = 70);
COMMENT ON COLUMN sessions.seed IS 'the part of the proof in a refresh token that only the database has';
COMMENT ON COLUMN sessions.counter IS 'of the refresh token that is good now';
COMMENT ON COLUMN sessions.generation IS 'raised by a new password; access tokens of a lower one are refused';
COMMENT ON COLUMN sessions.scope_limit IS 'null: all that the roles grant';

CREATE INDEX sessions_of_user ON sessions (user_id, created_at) WHERE ended_at IS NULL;

CREATE TABLE changes (
	seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at         timestamptz NOT NULL DEFAULT now(),
	session_id uuid,
	generation integer NOT NULL DEFAULT 0,
	user_id    uuid,
	roles      text[],
	role       text,
	scopes     text[],
	gone       boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE changes IS 'what makes claims of living access tokens untrue; a row outlives them, then goes';

CREATE INDEX changes_at ON changes (at);

CREATE TABLE signing_keys (
	id         text PRIMARY KEY,
	algorithm  text NOT NULL,
	sealed     bytea NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN signing_keys.sealed IS 'encrypted under a key derived from SECRET_KEY';

CREATE TABLE deployment (
	singleton    boolean PRIMARY KEY DEFAULT true CHECK (singleton),
	secret_check text NOT NULL
);
COMMENT ON COLUMN deployment.secret_check IS 'tells whether a SECRET_KEY is this database''s; derived, so that it reveals nothing';

-- +goose Down
DROP TABLE deployment, signing_keys, changes, sessions, users, roles;
