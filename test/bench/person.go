package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// A person is somebody who asks, with a credential for either server.
type person struct {
	gatehouse, yardstick string // access tokens
	refresh              string // of the service
	since                time.Time
}

// freshFor is for how long a person's access tokens are used: they work for fifteen minutes.
const freshFor = 10 * time.Minute

// payload is what logging in answers.
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

// loginOperation logs somebody in.
func loginOperation(email, password, fields string) request {
	return operation("", `mutation($i: LoginInput!) { login(input: $i) `+fields+` }`, map[string]any{"i": map[string]any{"email": email, "password": password}})
}

// refreshOperation exchanges a refresh token, at either server.
func refreshOperation(token, fields string) request {
	return operation("", `mutation($t: String!) { refresh(refreshToken: $t) `+fields+` }`, map[string]any{"t": token})
}

// admin logs the administrator in.
func (s *stand) admin(ctx context.Context) (*person, error) {
	return s.enter(ctx, loginOperation(adminEmail, adminPassword, payloadFields))
}

// someone are the owners of the sessions with these numbers, which nothing else may use. It costs no hash of a password.
func (s *stand) someone(ctx context.Context, sessions []int) ([]*person, error) {
	people := make([]*person, len(sessions))
	for n, i := range sessions {
		if known := s.crowd[i]; known == nil || time.Since(known.since) > freshFor {
			token, err := s.secrets.IssueRefresh(s.database.id(i), 0, seed(i))
			if err != nil {
				return nil, err
			}
			if known != nil {
				token = known.refresh
			}
			if s.crowd[i], err = s.enter(ctx, refreshOperation(token, payloadFields)); err != nil {
				return nil, err
			}
		}
		people[n] = s.crowd[i]
	}
	return people, nil
}

// enter sends what logs somebody in to the service, and gives them a token of the hand-written server that says the same in fewer words.
func (s *stand) enter(ctx context.Context, r request) (*person, error) {
	client := newClient(1)
	defer client.CloseIdleConnections()
	body, err := post(ctx, client, s.gatehouse.URL+graphqlPath, r)
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
	return &person{gatehouse: p.AccessToken, yardstick: signed, refresh: p.RefreshToken, since: now}, err
}

// parsePayload reads the answer of a mutation that logs somebody in.
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

var errNotLoggedIn = errors.New("nobody was logged in")
