package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// A Client sends operations to a service. Where an answer without tokens or
// data is a fault of the test, its methods take the test and end it.
type Client struct {
	URL  string       // of the service, without a path
	HTTP *http.Client // nil is http.DefaultClient
}

// Vars are the variables of an operation.
type Vars map[string]any

// A Session is a user's session as the user sees it.
type Session struct {
	UserID, Access, Refresh string
}

// Operations that many tests send.
const (
	RegisterOperation = `mutation($input: RegisterInput!) {
		register(input: $input) { accessToken refreshToken scopes user { id } } }`
	LoginOperation = `mutation($input: LoginInput!) {
		login(input: $input) { accessToken refreshToken scopes user { id } } }`
	RefreshOperation = `mutation($token: String) {
		refresh(refreshToken: $token) { accessToken refreshToken scopes user { id email } } }`
	MeOperation = `{ me { id email name roles } }`
)

// Body is the body of a request that sends an operation.
func Body(query string, variables Vars) []byte {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		panic(err) // a variable that is no JSON: a fault of the test
	}
	return body
}

// Credentials are the variables of [RegisterOperation] and [LoginOperation].
func Credentials(email, password string) Vars {
	return Vars{"input": Vars{"email": email, "password": password}}
}

// Bearer is the header with an access token, empty for "".
func Bearer(token string) http.Header {
	if token == "" {
		return http.Header{}
	}
	return http.Header{"Authorization": {"Bearer " + token}}
}

// Do posts a body to /graphql. The error says that no whole answer came.
func (c *Client) Do(ctx context.Context, header http.Header, body []byte) (Reply, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		return Reply{}, err
	}
	request.Header = http.Header{"Content-Type": {"application/json"}}
	for name, values := range header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	response, err := c.client().Do(request)
	if err != nil {
		return Reply{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return Reply{}, fmt.Errorf("no whole answer: %w", err)
	}
	return ParseReply(response.StatusCode, response.Header, text)
}

func (c *Client) client() *http.Client {
	if c.HTTP == nil {
		return http.DefaultClient
	}
	return c.HTTP
}

// Post posts a body to /graphql.
func (c *Client) Post(t testing.TB, header http.Header, body []byte) Reply {
	t.Helper()
	r, err := c.Do(t.Context(), header, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Send sends an operation with headers.
func (c *Client) Send(t testing.TB, header http.Header, query string, variables Vars) Reply {
	t.Helper()
	return c.Post(t, header, Body(query, variables))
}

// Ask sends an operation with an access token, "" for none.
func (c *Client) Ask(t testing.TB, token, query string, variables Vars) Reply {
	t.Helper()
	return c.Send(t, Bearer(token), query, variables)
}

// SessionID is the id of the session an access token belongs to.
func (c *Client) SessionID(t testing.TB, token string) string {
	t.Helper()
	return c.Ask(t, token, `{ viewer { sessionId } }`, nil).Must(t).Text("viewer.sessionId")
}

// Status is the status of the answer to a GET.
func (c *Client) Status(t testing.TB, path string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := c.client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// Register creates an account.
func (c *Client) Register(t testing.TB, email, password string) Session {
	t.Helper()
	return c.Ask(t, "", RegisterOperation, Credentials(email, password)).Must(t).Session("register")
}

// Login logs in, with these scopes if there are any.
func (c *Client) Login(t testing.TB, email, password string, scopes ...string) Session {
	t.Helper()
	input := Vars{"email": email, "password": password}
	if scopes != nil {
		input["scopes"] = scopes
	}
	return c.Ask(t, "", LoginOperation, Vars{"input": input}).Must(t).Session("login")
}

// Admin logs the administrator in.
func (c *Client) Admin(t testing.TB) Session {
	t.Helper()
	return c.Login(t, AdminEmail, AdminPassword)
}

// Refresh exchanges a refresh token.
func (c *Client) Refresh(t testing.TB, token string) Session {
	t.Helper()
	return c.Ask(t, "", RefreshOperation, Vars{"token": token}).Must(t).Session("refresh")
}

// Member creates an account with these roles. The session has the scopes of
// the account's first roles, not of these.
func (c *Client) Member(t testing.TB, email string, roles ...string) Session {
	t.Helper()
	s := c.Register(t, email, AdaPassword)
	if len(roles) > 0 {
		c.Ask(t, c.Admin(t).Access, `mutation($id: ID!, $roles: [String!]!) { setUserRoles(id: $id, roles: $roles) { roles } }`,
			Vars{"id": s.UserID, "roles": roles}).Must(t)
	}
	return s
}
