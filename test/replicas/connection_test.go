package replicas_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/test/harness"
	"gatehouse/test/harness/process"
)

// A connection is one a client keeps to a replica. It sends one request at a
// time.
type connection struct {
	replica *replica
	http    *http.Client
}

// connect opens a connection and sends one request over it. After a kill the
// connection opens again by itself.
func (r *replica) connect(t testing.TB) *connection {
	t.Helper()
	c := r.dial(t)
	if a, err := c.ask(t.Context(), "", `{ __typename }`, nil); err != nil || a.Code() != "" {
		t.Fatalf("%s: %q, %v", r.name, a.Code(), err)
	}
	return c
}

// dial returns a connection that opens with its first request.
func (r *replica) dial(t testing.TB) *connection {
	transport := &http.Transport{MaxConnsPerHost: 1}
	t.Cleanup(transport.CloseIdleConnections)
	return &connection{replica: r, http: &http.Client{Transport: transport}}
}

// ask sends an operation with an access token, "" for none. The operation's one
// field has the alias it. The error says that no whole answer came.
func (c *connection) ask(ctx context.Context, token, query string, variables harness.Vars) (harness.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, process.Patience)
	defer cancel()
	client := &harness.Client{URL: c.replica.now.Load().URL, HTTP: c.http}
	return client.Do(ctx, harness.Bearer(token), harness.Body(query, variables))
}

// sessionID is the id of the session an access token belongs to.
func sessionID(s harness.Session) (string, error) {
	parts := strings.Split(s.Access, ".")
	if len(parts) != 3 {
		return "", fmt.Errorf("an access token has %d parts", len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", err
	}
	var claims struct {
		SID string `json:"sid"`
	}
	err = json.Unmarshal(payload, &claims)
	return claims.SID, err
}

// session sends an operation that is answered with tokens. The code is that of
// the refusal, "" if there are tokens.
func (c *connection) session(ctx context.Context, token, query string, variables harness.Vars) (harness.Session, string, error) {
	a, err := c.ask(ctx, token, query, variables)
	return a.Session("it"), a.Code(), err
}

const tokenFields = `{ accessToken refreshToken user { id } }`

func (c *connection) register(ctx context.Context, email, password string) (harness.Session, string, error) {
	return c.session(ctx, "", `mutation($input: RegisterInput!) { it: register(input: $input) `+tokenFields+` }`,
		harness.Vars{"input": harness.Vars{"email": email, "password": password}})
}

func (c *connection) login(ctx context.Context, email, password string) (harness.Session, string, error) {
	return c.session(ctx, "", `mutation($input: LoginInput!) { it: login(input: $input) `+tokenFields+` }`,
		harness.Vars{"input": harness.Vars{"email": email, "password": password}})
}

func (c *connection) refresh(ctx context.Context, token string) (harness.Session, string, error) {
	return c.session(ctx, "", `mutation($token: String) { it: refresh(refreshToken: $token) `+tokenFields+` }`, harness.Vars{"token": token})
}

func (c *connection) changePassword(ctx context.Context, access, current, next string) (harness.Session, string, error) {
	return c.session(ctx, access, `mutation($input: ChangePasswordInput!) { it: changePassword(input: $input) `+tokenFields+` }`,
		harness.Vars{"input": harness.Vars{"currentPassword": current, "newPassword": next}})
}

// viewer asks who the token's user is. It needs no database.
func (c *connection) viewer(ctx context.Context, access string) (harness.Reply, error) {
	return c.ask(ctx, access, `{ it: viewer { id } }`, nil)
}

// me asks the same. It needs the database.
func (c *connection) me(ctx context.Context, access string) (harness.Reply, error) {
	return c.ask(ctx, access, `{ it: me { id } }`, nil)
}

// logout ends the session of the access token.
func (c *connection) logout(ctx context.Context, access string) (harness.Reply, error) {
	return c.ask(ctx, access, `mutation { it: logout }`, nil)
}

// logoutWith ends the session of the refresh token.
func (c *connection) logoutWith(ctx context.Context, refresh string) (harness.Reply, error) {
	return c.ask(ctx, "", `mutation($token: String) { it: logout(refreshToken: $token) }`, harness.Vars{"token": refresh})
}

func (c *connection) disable(ctx context.Context, admin, id string) (harness.Reply, error) {
	return c.ask(ctx, admin, `mutation($id: ID!) { it: disableUser(id: $id) { id } }`, harness.Vars{"id": id})
}

func (c *connection) enable(ctx context.Context, admin, id string) (harness.Reply, error) {
	return c.ask(ctx, admin, `mutation($id: ID!) { it: enableUser(id: $id) { id } }`, harness.Vars{"id": id})
}
