package replicas_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// A connection is one that a client keeps to a replica. It asks one thing at a time.
type connection struct {
	replica *replica
	http    *http.Client
}

// connect opens a connection, and has asked something over it already. After a kill it opens the next by itself.
func (r *replica) connect(t testing.TB) *connection {
	t.Helper()
	c := r.dial(t)
	if a, err := c.ask(t.Context(), "", `{ __typename }`, nil); err != nil || a.code != "" {
		t.Fatalf("%s: %q, %v", r.name, a.code, err)
	}
	return c
}

// dial returns a connection that opens with its first question.
func (r *replica) dial(t testing.TB) *connection {
	transport := &http.Transport{MaxConnsPerHost: 1}
	t.Cleanup(transport.CloseIdleConnections)
	return &connection{replica: r, http: &http.Client{Transport: transport}}
}

// vars are the variables of an operation.
type vars map[string]any

// An answer is what came back. The one field of an operation is called it.
type answer struct {
	status int
	code   string // of the first error, "" for none
	reason string // of the same
	it     json.RawMessage
}

// ask sends an operation with an access token, "" for none. An error says that no answer came.
func (c *connection) ask(ctx context.Context, token, query string, variables vars) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return answer{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.replica.now.Load().url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	return readAnswer(response)
}

func readAnswer(response *http.Response) (answer, error) {
	var parsed struct {
		Data   struct{ It json.RawMessage }
		Errors []struct {
			Extensions struct{ Code, Reason string }
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&parsed); err != nil {
		return answer{}, fmt.Errorf("no whole answer: %w", err)
	}
	a := answer{status: response.StatusCode, it: parsed.Data.It}
	if len(parsed.Errors) > 0 {
		a.code, a.reason = parsed.Errors[0].Extensions.Code, parsed.Errors[0].Extensions.Reason
	}
	return a, nil
}

// Tokens are what a login or a refresh gives.
type tokens struct {
	Access  string `json:"accessToken"`
	Refresh string `json:"refreshToken"`
	User    struct {
		ID string `json:"id"`
	} `json:"user"`
}

// session is the id of the session that the access token is of.
func (k tokens) session() (string, error) {
	parts := strings.Split(k.Access, ".")
	if len(parts) != 3 {
		return "", fmt.Errorf("an access token of %d parts", len(parts))
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

// pair asks something that is answered with tokens. The code is that of the refusal, "" where there are tokens.
func (c *connection) pair(ctx context.Context, token, query string, variables vars) (k tokens, code string, err error) {
	a, err := c.ask(ctx, token, query, variables)
	if err != nil || a.code != "" {
		return k, a.code, err
	}
	return k, "", json.Unmarshal(a.it, &k)
}

const pairFields = `{ accessToken refreshToken user { id } }`

func (c *connection) register(ctx context.Context, email, password string) (tokens, string, error) {
	return c.pair(ctx, "", `mutation($input: RegisterInput!) { it: register(input: $input) `+pairFields+` }`,
		vars{"input": vars{"email": email, "password": password}})
}

func (c *connection) login(ctx context.Context, email, password string) (tokens, string, error) {
	return c.pair(ctx, "", `mutation($input: LoginInput!) { it: login(input: $input) `+pairFields+` }`,
		vars{"input": vars{"email": email, "password": password}})
}

func (c *connection) refresh(ctx context.Context, token string) (tokens, string, error) {
	return c.pair(ctx, "", `mutation($token: String) { it: refresh(refreshToken: $token) `+pairFields+` }`, vars{"token": token})
}

func (c *connection) changePassword(ctx context.Context, access, current, next string) (tokens, string, error) {
	return c.pair(ctx, access, `mutation($input: ChangePasswordInput!) { it: changePassword(input: $input) `+pairFields+` }`,
		vars{"input": vars{"currentPassword": current, "newPassword": next}})
}

// viewer asks who the bearer of the token is, which needs no database.
func (c *connection) viewer(ctx context.Context, access string) (answer, error) {
	return c.ask(ctx, access, `{ it: viewer { id } }`, nil)
}

// me asks the same of the database.
func (c *connection) me(ctx context.Context, access string) (answer, error) {
	return c.ask(ctx, access, `{ it: me { id } }`, nil)
}

// logout ends the session of the access token.
func (c *connection) logout(ctx context.Context, access string) (answer, error) {
	return c.ask(ctx, access, `mutation { it: logout }`, nil)
}

// logoutWith ends the session of the refresh token.
func (c *connection) logoutWith(ctx context.Context, refresh string) (answer, error) {
	return c.ask(ctx, "", `mutation($token: String) { it: logout(refreshToken: $token) }`, vars{"token": refresh})
}

func (c *connection) disable(ctx context.Context, admin, id string) (answer, error) {
	return c.ask(ctx, admin, `mutation($id: ID!) { it: disableUser(id: $id) { id } }`, vars{"id": id})
}

func (c *connection) enable(ctx context.Context, admin, id string) (answer, error) {
	return c.ask(ctx, admin, `mutation($id: ID!) { it: enableUser(id: $id) { id } }`, vars{"id": id})
}
