package harness_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

func TestReply(t *testing.T) {
	const body = `{"data":{"login":{"accessToken":"a","refreshToken":"r","scopes":["b","a"],"user":{"id":"u"}}},
		"errors":[{"message":"no","path":["me",0],"extensions":{"code":"FORBIDDEN","reason":"rank","field":"input.email"}}]}`
	r, err := harness.ParseReply(http.StatusOK, nil, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if r.Code() != "FORBIDDEN" || r.Reason() != "rank" || r.Field() != "input.email" || r.Errors[0].Message != "no" {
		t.Errorf("errors = %+v", r.Errors)
	}
	if want := (harness.Session{UserID: "u", Access: "a", Refresh: "r"}); r.Session("login") != want {
		t.Errorf("session = %+v, want %+v", r.Session("login"), want)
	}
	if got := r.Texts("login.scopes"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("scopes = %q", got)
	}
	for _, path := range []string{"", "me", "login.user.id.more", "login.scopes.0"} {
		if got := r.At(path); got != nil || r.Text(path) != "" {
			t.Errorf("%q leads to %v", path, got)
		}
	}
	if _, err := harness.ParseReply(http.StatusBadGateway, nil, []byte("<html>")); err == nil || !strings.Contains(err.Error(), "<html>") {
		t.Errorf("error = %v", err)
	}
	if r, err := harness.ParseReply(http.StatusOK, nil, []byte(`{"data":{"me":null}}`)); err != nil || r.Code() != "" || r.Data == nil {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestTogether has each call wait for all others.
func TestTogether(t *testing.T) {
	const n = 8
	met := make(chan int)
	var sum int
	harness.Together(n, func(i int) {
		if i == 0 {
			for range n - 1 {
				sum += <-met
			}
			return
		}
		met <- i
	})
	if sum != n*(n-1)/2 {
		t.Errorf("sum = %d", sum)
	}
}
