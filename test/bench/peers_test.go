package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// This program plays the peers, if it is started as one.
func TestMain(m *testing.M) {
	address := ""
	for _, arg := range os.Args {
		if port, found := strings.CutPrefix(arg, "--http-port="); found {
			address = "127.0.0.1:" + port
		}
	}
	if port := os.Getenv("PORT"); port != "" && os.Getenv("GOTRUE_JWT_SECRET") != "" {
		address = "127.0.0.1:" + port
	}
	if address != "" {
		fmt.Println(http.ListenAndServe(address, &fakePeer{}))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// A fakePeer answers like the peers, as far as the bench looks. It knows one user at a time, and
// refuses what they would refuse.
type fakePeer struct{}

const (
	fakeTokens = `{"access_token":"an-access-token","refresh_token":"a-refresh-token"}`
	fakeUser   = `{"id":"1","email":"user00@example.com"}`
)

func (*fakePeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	has := func(parts ...string) bool {
		return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(string(body), part) })
	}
	authenticated := r.Header.Get("Authorization") == "Bearer an-access-token"
	answer := ""
	switch r.Method + " " + r.RequestURI {
	case "GET /health", "GET /readyz":
		answer = "{}"
	case "POST /signup":
		answer = map[bool]string{true: fakeUser}[has(`"email"`, `"password"`)]
	case "POST /token?grant_type=password":
		answer = map[bool]string{true: fakeTokens}[has(`"email"`, `"password"`)]
	case "POST /token?grant_type=refresh_token", "POST /oauth/token":
		answer = map[bool]string{true: fakeTokens}[has(`"a-refresh-token"`)]
	case "GET /user":
		answer = map[bool]string{true: fakeUser}[authenticated]
	case "POST /graphql":
		answer = fakeGraphQL(body, r.Header.Get("Origin") == "http://"+r.Host, authenticated)
	}
	if answer == "" {
		w.WriteHeader(http.StatusBadRequest)
	}
	_, _ = io.WriteString(w, answer)
}

func fakeGraphQL(body []byte, sameOrigin, authenticated bool) string {
	var sent struct {
		Query     string
		Variables struct{ P map[string]any }
	}
	if json.Unmarshal(body, &sent) != nil || !sameOrigin {
		return ""
	}
	p := sent.Variables.P
	switch {
	case strings.Contains(sent.Query, "signup") && p["password"] == p["confirm_password"]:
		return `{"data":{"signup":{"user":{"id":"1"}}}}`
	case strings.Contains(sent.Query, "login") && p["email"] != nil:
		return `{"data":{"login":` + fakeTokens + `}}`
	case strings.Contains(sent.Query, "profile") && authenticated:
		return `{"data":{"profile":` + fakeUser + `}}`
	case strings.Contains(sent.Query, "validate_jwt_token") && p["token"] == "an-access-token":
		return `{"data":{"validate_jwt_token":{"is_valid":true}}}`
	}
	return `{"errors":[{"message":"no"}]}`
}
