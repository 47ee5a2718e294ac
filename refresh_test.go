package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

// together runs the functions at the same moment, as well as that can be done.
func together(functions ...func()) {
	var ready, done sync.WaitGroup
	gate := make(chan struct{})
	for _, f := range functions {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-gate
			f()
		})
	}
	ready.Wait()
	close(gate)
	done.Wait()
}

// TestTwoRefreshesAtOnce sends one token twice at the same moment: both get the same successor.
func TestTwoRefreshesAtOnce(t *testing.T) {
	s := start(t)
	token := s.register(t, adaEmail, adaPassword).refresh
	for round := range 100 {
		var answers [2]reply
		together(
			func() { answers[0] = s.ask(t, "", refreshOperation, vars{"token": token}) },
			func() { answers[1] = s.ask(t, "", refreshOperation, vars{"token": token}) },
		)
		want(t, answers[0], "")
		want(t, answers[1], "")
		first, second := answers[0].str("refresh.refreshToken"), answers[1].str("refresh.refreshToken")
		if first == "" || first != second || first == token {
			t.Fatalf("round %d: the successors are %q and %q", round, first, second)
		}
		token = first
	}
}

func TestRefreshTokensOfThePast(t *testing.T) {
	s := start(t)
	first := s.register(t, adaEmail, adaPassword)
	second := session1(t, "refresh", s.ask(t, "", refreshOperation, vars{"token": first.refresh}))
	again := session1(t, "refresh", s.ask(t, "", refreshOperation, vars{"token": first.refresh}))
	if again.refresh != second.refresh {
		t.Error("the token just replaced got another successor")
	}
	third := session1(t, "refresh", s.ask(t, "", refreshOperation, vars{"token": second.refresh}))
	want(t, s.ask(t, third.access, meOperation, nil), "")
	want(t, s.ask(t, "", refreshOperation, vars{"token": first.refresh}), "REFRESH_TOKEN_REUSED")
	want(t, s.ask(t, "", refreshOperation, vars{"token": third.refresh}), "REFRESH_TOKEN_INVALID")
	want(t, s.ask(t, "", refreshOperation, vars{"token": first.refresh}), "REFRESH_TOKEN_INVALID")
	wantReason(t, s.ask(t, third.access, meOperation, nil), "UNAUTHENTICATED", "session_ended")
}

func TestReplayWindowOfNone(t *testing.T) {
	s := start(t, "REFRESH_REPLAY_WINDOW=0s")
	ada := s.register(t, adaEmail, adaPassword)
	want(t, s.ask(t, "", refreshOperation, vars{"token": ada.refresh}), "")
	want(t, s.ask(t, "", refreshOperation, vars{"token": ada.refresh}), "REFRESH_TOKEN_REUSED")
}

func TestRefreshRefuses(t *testing.T) {
	s := start(t)
	ada := s.register(t, adaEmail, adaPassword)
	for name, token := range map[string]any{
		"none": nil, "empty": "", "no token": "x", "an access token": ada.access, "cut short": ada.refresh[:len(ada.refresh)-1],
		"with more behind it": ada.refresh + "A", "NUL": "\x00", "huge": strings.Repeat("A", 60_000),
	} {
		t.Run(name, func(t *testing.T) {
			want(t, s.ask(t, "", refreshOperation, vars{"token": token}), "REFRESH_TOKEN_INVALID")
		})
	}
	want(t, s.ask(t, "", refreshOperation, vars{"token": ada.refresh}), "")
}

// TestRefreshCookie keeps the refresh token from scripts: it travels in a cookie and in no answer.
func TestRefreshCookie(t *testing.T) {
	s := start(t, "PUBLIC_URL=https://id.example.com")
	s.register(t, adaEmail, adaPassword)
	header := http.Header{"X-Auth-Mode": {"cookie"}}
	r := s.send(t, header, loginOperation, vars{"input": vars{"email": adaEmail, "password": adaPassword}})
	want(t, r, "")
	cookie := theCookie(t, r)
	if r.at("login.refreshToken") != nil || cookie.Name != "__Host-gatehouse-refresh" || !cookie.Secure || !cookie.HttpOnly ||
		cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Domain != "" || cookie.MaxAge != 720*3600 {
		t.Errorf("cookie = %+v, answer = %s", cookie, r.body)
	}
	with := func(value string) http.Header { return http.Header{"Cookie": {cookie.Name + "=" + value}} }
	want(t, s.send(t, with(cookie.Value), refreshOperation, vars{"token": "x"}), "BAD_REQUEST")
	next := s.send(t, with(cookie.Value), refreshOperation, nil)
	want(t, next, "")
	if next.at("refresh.refreshToken") != nil {
		t.Error("what came in the cookie went out in the answer")
	}
	if theCookie(t, next).Value == cookie.Value {
		t.Error("the cookie still has the old token")
	}
	want(t, s.send(t, http.Header{"Cookie": {cookie.Name + "=a; " + cookie.Name + "=b"}}, refreshOperation, nil), "REFRESH_TOKEN_INVALID")
	wantReason(t, s.send(t, with(cookie.Value), meOperation, nil), "UNAUTHENTICATED", "no_credential")
	out := s.send(t, with(theCookie(t, next).Value), `mutation { logout }`, nil)
	want(t, out, "")
	if c := theCookie(t, out); c.MaxAge >= 0 || c.Value != "" {
		t.Errorf("logout leaves the cookie: %+v", c)
	}
	want(t, s.send(t, with(theCookie(t, next).Value), refreshOperation, nil), "REFRESH_TOKEN_INVALID")
}

func theCookie(t *testing.T, r reply) *http.Cookie {
	t.Helper()
	cookies := (&http.Response{Header: r.header}).Cookies()
	if len(cookies) != 1 {
		t.Fatalf("cookies = %v: %s", cookies, r.body)
	}
	return cookies[0]
}
