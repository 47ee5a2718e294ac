-- +goose Up
ALTER TABLE sessions
	ADD COLUMN kind      text NOT NULL DEFAULT 'own',
	ADD COLUMN client_id text,
	ADD COLUMN resources text[],
	ADD COLUMN parent    uuid;
COMMENT ON COLUMN sessions.kind IS 'own, sign_in (of the sign-in page), application (acts for the person), or service (of a client''s own account)';
COMMENT ON COLUMN sessions.client_id IS 'the client whose tokens these are; null in a person''s own session';
COMMENT ON COLUMN sessions.resources IS 'identifiers of the services that its tokens may be for (RFC 8707); null: this one';
COMMENT ON COLUMN sessions.parent IS 'the sign-in page''s session in which an application was allowed';

ALTER TABLE changes ADD COLUMN client_id text;
COMMENT ON COLUMN changes.client_id IS 'this client, or if empty a resource, is another now; keys is set too, for the release before';

CREATE TABLE clients (
	id                        text PRIMARY KEY,
	kind                      text NOT NULL,
	name                      text NOT NULL,
	uri                       text,
	redirect_uris             text[] NOT NULL DEFAULT '{}',
	post_logout_redirect_uris text[] NOT NULL DEFAULT '{}',
	grants                    text[] NOT NULL,
	scopes                    text[] NOT NULL DEFAULT '{}',
	resources                 text[] NOT NULL DEFAULT '{}',
	secret                    bytea,
	secret_created_at         timestamptz,
	previous_secret           bytea,
	previous_secret_until     timestamptz,
	jwks                      jsonb,
	assertion_audience        text NOT NULL DEFAULT 'issuer',
	service_user_id           uuid REFERENCES users ON DELETE CASCADE,
	service_session_id        uuid,
	first_party               boolean NOT NULL DEFAULT false,
	pkce                      boolean NOT NULL DEFAULT true,
	pushed_requests           boolean NOT NULL DEFAULT false,
	id_token_algorithm        text NOT NULL DEFAULT 'RS256',
	documents                 text[],
	disabled                  boolean NOT NULL DEFAULT false,
	created_at                timestamptz NOT NULL DEFAULT now(),
	updated_at                timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN clients.kind IS 'public or confidential (RFC 6749, 2.1)';
COMMENT ON COLUMN clients.secret IS 'SHA-256 of a secret of 256 random bits, which is kept nowhere';
COMMENT ON COLUMN clients.assertion_audience IS 'the one aud of a client assertion: issuer (RFC 7523 as updated), or token_endpoint';
COMMENT ON COLUMN clients.documents IS 'SHA-256, in hexadecimal, of the GraphQL documents its tokens may run; null: any';
CREATE INDEX clients_service ON clients (service_user_id) WHERE service_user_id IS NOT NULL;

CREATE TABLE resources (
	id         uuid PRIMARY KEY,
	identifier text NOT NULL UNIQUE,
	name       text NOT NULL,
	scopes     jsonb NOT NULL DEFAULT '[]',
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE resources IS 'the services that tokens can be made for, beside this one (RFC 8707)';
COMMENT ON COLUMN resources.scopes IS 'objects with name and title';

CREATE TABLE grants (
	user_id     uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	client_id   text NOT NULL REFERENCES clients ON DELETE CASCADE,
	scopes      text[] NOT NULL,
	resources   text[] NOT NULL DEFAULT '{}',
	coordinates text[] NOT NULL DEFAULT '{}',
	created_at  timestamptz NOT NULL DEFAULT now(),
	changed_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (user_id, client_id)
);
COMMENT ON TABLE grants IS 'what a person allowed an application';
COMMENT ON COLUMN grants.coordinates IS 'what the scopes opened then, so that the consent page can show what is new';
CREATE INDEX grants_client ON grants (client_id);

CREATE UNLOGGED TABLE authorization_requests (
	id          uuid PRIMARY KEY,
	client_id   text NOT NULL,
	parameters  jsonb NOT NULL,
	flow        bytea,
	code_id     uuid,
	answered_at timestamptz,
	expires_at  timestamptz NOT NULL
);
COMMENT ON TABLE authorization_requests IS 'requests of applications that wait for a person, and pushed ones (RFC 9126)';
COMMENT ON COLUMN authorization_requests.flow IS 'SHA-256 of the cookie of the browser that the request belongs to; null: pushed, and not yet used';
COMMENT ON COLUMN authorization_requests.code_id IS 'the code that answered it';
CREATE INDEX authorization_requests_end ON authorization_requests (expires_at);

CREATE TABLE authorization_codes (
	id           uuid PRIMARY KEY,
	seed         bytea NOT NULL,
	client_id    text NOT NULL,
	user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
	parent       uuid NOT NULL,
	redirect_uri text NOT NULL,
	challenge    text,
	nonce        text,
	scopes       text[] NOT NULL,
	resources    text[] NOT NULL DEFAULT '{}',
	auth_time    timestamptz NOT NULL,
	amr          text[] NOT NULL,
	session_id   uuid,
	expires_at   timestamptz NOT NULL,
	used_at      timestamptz
);
COMMENT ON TABLE authorization_codes IS 'not unlogged: after a crash a used code must not be an unknown one';
COMMENT ON COLUMN authorization_codes.seed IS 'the part of the code that only the database has';
COMMENT ON COLUMN authorization_codes.session_id IS 'the session that the code opened';
CREATE INDEX authorization_codes_end ON authorization_codes (expires_at);
CREATE INDEX authorization_codes_user ON authorization_codes (user_id);

CREATE UNLOGGED TABLE assertions (
	client_id  text NOT NULL,
	jti        text NOT NULL,
	expires_at timestamptz NOT NULL,
	PRIMARY KEY (client_id, jti)
);
COMMENT ON TABLE assertions IS 'client assertions (RFC 7523) that were used';
CREATE INDEX assertions_end ON assertions (expires_at);

-- +goose Down
DELETE FROM sessions WHERE kind <> 'own';
DROP TABLE assertions, authorization_codes, authorization_requests, grants, resources, clients;
ALTER TABLE changes DROP COLUMN client_id;
ALTER TABLE sessions DROP COLUMN kind, DROP COLUMN client_id, DROP COLUMN resources, DROP COLUMN parent;
