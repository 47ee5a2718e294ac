package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatehouse/test/bench/load"

	"github.com/golang-jwt/jwt/v5"
)

// A user has a credential for each of the two servers.
type user struct {
	gatehouse, yardstick string // access tokens
	refresh              string // the service's refresh token
	since                time.Time
}

// freshFor is how long a user's access tokens are used. They work for 15 minutes.
const freshFor = 10 * time.Minute

// A payload is the answer to a login.
type payload struct {
	AccessToken  string
	RefreshToken string
	Scopes       []string
	User         struct {
		ID    string
		Roles []string
	}
}

const payloadFields = `{ accessToken refreshToken scopes user { id roles } }`

// loginOperation returns a login request.
func loginOperation(email, password, fields string) load.Request {
	return load.Operation("", `mutation($i: LoginInput!) { login(input: $i) `+fields+` }`, map[string]any{"i": map[string]any{"email": email, "password": password}})
}

// refreshOperation returns a refresh request, for either server.
func refreshOperation(token, fields string) load.Request {
	return load.Operation("", `mutation($t: String!) { refresh(refreshToken: $t) `+fields+` }`, map[string]any{"t": token})
}

// admin logs the administrator in.
func (s *testbed) admin(ctx context.Context) (*user, error) {
	return s.authenticate(ctx, loginOperation(adminEmail, adminPassword, payloadFields))
}

// users returns the owners of the sessions with these numbers, which no other trial may use. It
// hashes no password.
func (s *testbed) users(ctx context.Context, sessions []int) ([]*user, error) {
	people := make([]*user, len(sessions))
	for n, i := range sessions {
		if known := s.known[i]; known == nil || time.Since(known.since) > freshFor {
			token, err := s.secrets.IssueRefresh(s.database.id(i), 0, seed(i))
			if err != nil {
				return nil, err
			}
			if known != nil {
				token = known.refresh
			}
			if s.known[i], err = s.authenticate(ctx, refreshOperation(token, payloadFields)); err != nil {
				return nil, err
			}
		}
		people[n] = s.known[i]
	}
	return people, nil
}

// authenticate sends a login or refresh to the service, and adds a token of the hand-written server
// with the same content.
func (s *testbed) authenticate(ctx context.Context, r load.Request) (*user, error) {
	client := load.NewClient(1)
	defer client.CloseIdleConnections()
	body, err := load.Send(ctx, client, s.gatehouse.URL+graphqlPath, r)
	if err != nil {
		return nil, err
	}
	p, err := parsePayload(body)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": p.User.ID, "roles": p.User.Roles, "scope": strings.Join(p.Scopes, " "), "iat": now.Unix(), "exp": now.Add(15 * time.Minute).Unix(),
	}).SignedString([]byte(s.secret))
	return &user{gatehouse: p.AccessToken, yardstick: signed, refresh: p.RefreshToken, since: now}, err
}

// parsePayload parses the answer to a login or refresh.
func parsePayload(body []byte) (*payload, error) {
	var answer struct {
		Data   map[string]*payload
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, err
	}
	for _, p := range answer.Data {
		if p != nil && len(answer.Errors) == 0 {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%w: the answer is %.300s", errNotLoggedIn, body)
}

var errNotLoggedIn = errors.New("the login failed")
