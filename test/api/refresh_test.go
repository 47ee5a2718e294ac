package api_test

import (
	"net/http"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// TestTwoRefreshesAtOnce sends one token twice at the same moment: both answers
// have the same successor.
func TestTwoRefreshesAtOnce(t *testing.T) {
	s := harness.Start(t)
	token := s.Register(t, harness.AdaEmail, harness.AdaPassword).Refresh
	for round := range 100 {
		var answers [2]harness.Reply
		harness.Together(2, func(i int) { answers[i] = s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": token}) })
		answers[0].Want(t, "")
		answers[1].Want(t, "")
		first, second := answers[0].Text("refresh.refreshToken"), answers[1].Text("refresh.refreshToken")
		if first == "" || first != second || first == token {
			t.Fatalf("round %d: the successors are %q and %q", round, first, second)
		}
		token = first
	}
}

func TestOldRefreshTokens(t *testing.T) {
	s := harness.Start(t)
	first := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	second := s.Refresh(t, first.Refresh)
	again := s.Refresh(t, first.Refresh)
	if again.Refresh != second.Refresh {
		t.Error("the token just replaced has another successor")
	}
	third := s.Refresh(t, second.Refresh)
	s.Ask(t, third.Access, harness.MeOperation, nil).Want(t, "")
	s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": first.Refresh}).Want(t, "REFRESH_TOKEN_REUSED")
	s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": third.Refresh}).Want(t, "REFRESH_TOKEN_INVALID")
	s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": first.Refresh}).Want(t, "REFRESH_TOKEN_INVALID")
	s.Ask(t, third.Access, harness.MeOperation, nil).WantReason(t, "UNAUTHENTICATED", "session_ended")
}

func TestReplayWindowZero(t *testing.T) {
	s := harness.Start(t, "REFRESH_REPLAY_WINDOW=0s")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": ada.Refresh}).Want(t, "")
	s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": ada.Refresh}).Want(t, "REFRESH_TOKEN_REUSED")
}

func TestRefreshRefuses(t *testing.T) {
	s := harness.Start(t)
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	for name, token := range map[string]any{
		"none": nil, "empty": "", "garbage": "x", "an access token": ada.Access, "cut short": ada.Refresh[:len(ada.Refresh)-1],
		"with a suffix": ada.Refresh + "A", "NUL": "\x00", "huge": strings.Repeat("A", 60_000),
	} {
		t.Run(name, func(t *testing.T) {
			s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": token}).Want(t, "REFRESH_TOKEN_INVALID")
		})
	}
	s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": ada.Refresh}).Want(t, "")
}

// TestRefreshCookie keeps the refresh token from scripts: it travels in a cookie
// and in no answer.
func TestRefreshCookie(t *testing.T) {
	s := harness.Start(t, "PUBLIC_URL=https://id.example.com")
	s.Register(t, harness.AdaEmail, harness.AdaPassword)
	header := http.Header{"X-Auth-Mode": {"cookie"}}
	r := s.Send(t, header, harness.LoginOperation, harness.Credentials(harness.AdaEmail, harness.AdaPassword))
	r.Want(t, "")
	cookie := theCookie(t, r)
	if r.At("login.refreshToken") != nil || cookie.Name != "__Host-gatehouse-refresh" || !cookie.Secure || !cookie.HttpOnly ||
		cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Domain != "" || cookie.MaxAge != 720*3600 {
		t.Errorf("cookie = %+v, answer = %s", cookie, r.Body)
	}
	with := func(value string) http.Header { return http.Header{"Cookie": {cookie.Name + "=" + value}} }
	s.Send(t, with(cookie.Value), harness.RefreshOperation, harness.Vars{"token": "x"}).Want(t, "BAD_REQUEST")
	next := s.Send(t, with(cookie.Value), harness.RefreshOperation, nil)
	next.Want(t, "")
	if next.At("refresh.refreshToken") != nil {
		t.Error("a token from the cookie is in the answer")
	}
	if theCookie(t, next).Value == cookie.Value {
		t.Error("the cookie still has the old token")
	}
	s.Send(t, http.Header{"Cookie": {cookie.Name + "=a; " + cookie.Name + "=b"}}, harness.RefreshOperation, nil).Want(t, "REFRESH_TOKEN_INVALID")
	s.Send(t, with(cookie.Value), harness.MeOperation, nil).WantReason(t, "UNAUTHENTICATED", "no_credential")
	out := s.Send(t, with(theCookie(t, next).Value), `mutation { logout }`, nil)
	out.Want(t, "")
	if c := theCookie(t, out); c.MaxAge >= 0 || c.Value != "" {
		t.Errorf("logout leaves the cookie: %+v", c)
	}
	s.Send(t, with(theCookie(t, next).Value), harness.RefreshOperation, nil).Want(t, "REFRESH_TOKEN_INVALID")
}

func theCookie(t *testing.T, r harness.Reply) *http.Cookie {
	t.Helper()
	cookies := (&http.Response{Header: r.Header}).Cookies()
	if len(cookies) != 1 {
		t.Fatalf("cookies = %v: %s", cookies, r.Body)
	}
	return cookies[0]
}
