package tokens_test

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	_ "github.com/lib/pq"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// offline is what applications ask for that go on without their person.
var offline = []string{"openid", "profile", "email", "offline_access"}

// grant exchanges a code of the consent for tokens.
func grant(t testing.TB, s *harness.Service, c consent) answer {
	t.Helper()
	return send(t, s.URL, request{form: exchange(issue(t, s, c)), basic: [2]string{c.app.ID, c.app.Secret}}).want(t, 200, "")
}

func refreshing(token string, more ...string) url.Values {
	return with(form("grant_type", "refresh_token", "refresh_token", token), more...)
}

// shift moves the time of the last refresh of all sessions back.
func shift(t testing.TB, s *harness.Service, by string) {
	t.Helper()
	db, err := sql.Open("postgres", s.Settings().DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), `UPDATE sessions SET refreshed_at = refreshed_at - $1::interval`, by); err != nil {
		t.Fatal(err)
	}
}

// TestRefresh: a refresh token gives the same successor for a minute, and ends the session later, or
// once its successor was used.
func TestRefresh(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app := s.Application(t, nil)
	basic := [2]string{app.ID, app.Secret}
	refresh := func(t *testing.T, token string, more ...string) answer {
		return send(t, s.URL, request{form: refreshing(token, more...), basic: basic})
	}
	t.Run("the same successor", func(t *testing.T) {
		first := grant(t, s, consent{app: app, userID: ada.UserID, scopes: offline})
		next := refresh(t, first.Refresh).want(t, 200, "")
		if next.Refresh == first.Refresh || next.Refresh == "" || next.IDToken == "" || next.Scope != first.Scope {
			t.Errorf("answer %s", next.Body)
		}
		shift(t, s, "58s")
		if again := refresh(t, first.Refresh).want(t, 200, ""); again.Refresh != next.Refresh {
			t.Errorf("another successor after 58 s: %s", again.Body)
		}
		shift(t, s, "4s")
		reused := refresh(t, first.Refresh).want(t, 400, "invalid_grant")
		if !strings.Contains(reused.Description, "used before") {
			t.Errorf("answer %s", reused.Body)
		}
		refresh(t, next.Refresh).want(t, 400, "invalid_grant")
		s.Ask(t, next.Access, `{ me { id } }`, nil).WantReason(t, "UNAUTHENTICATED", "session_ended")
	})
	t.Run("after the successor was used", func(t *testing.T) {
		first := grant(t, s, consent{app: app, userID: ada.UserID, scopes: offline})
		next := refresh(t, first.Refresh).want(t, 200, "")
		last := refresh(t, next.Refresh).want(t, 200, "")
		refresh(t, first.Refresh).want(t, 400, "invalid_grant")
		refresh(t, last.Refresh).want(t, 400, "invalid_grant")
	})
	t.Run("narrower", func(t *testing.T) {
		first := grant(t, s, consent{app: app, userID: ada.UserID, scopes: offline})
		narrow := refresh(t, first.Refresh, "scope", "profile").want(t, 200, "")
		if narrow.Scope != "profile" || narrow.IDToken != "" || narrow.Refresh == "" {
			t.Errorf("answer %s", narrow.Body)
		}
		s.Ask(t, narrow.Access, `{ me { email } }`, nil).WantReason(t, "FORBIDDEN", "missing_scope")
		whole := refresh(t, narrow.Refresh).want(t, 200, "")
		if whole.Scope != first.Scope {
			t.Errorf("the grant became narrower: %s", whole.Body)
		}
		s.Ask(t, whole.Access, `{ me { email } }`, nil).Must(t)
		for _, scope := range []string{"profile write:users", "read:users", "roles", "profile\"", "näher", strings.Repeat("x ", 10_000)} {
			refresh(t, whole.Refresh, "scope", scope).want(t, 400, "invalid_scope")
		}
		if again := refresh(t, whole.Refresh, "scope", "profile profile").want(t, 200, ""); again.Scope != "profile" {
			t.Errorf("answer %s", again.Body)
		}
	})
	t.Run("without offline_access", func(t *testing.T) {
		a := grant(t, s, consent{app: app, userID: ada.UserID, scopes: []string{"openid"}})
		if a.Refresh != "" || a.IDToken == "" || a.Scope != "openid" {
			t.Errorf("answer %s", a.Body)
		}
	})
	t.Run("without openid", func(t *testing.T) {
		a := grant(t, s, consent{app: app, userID: ada.UserID, scopes: []string{"profile", "offline_access"}})
		if a.IDToken != "" || refresh(t, a.Refresh).want(t, 200, "").IDToken != "" {
			t.Errorf("answer %s", a.Body)
		}
	})
}

// TestRefreshStaysAtItsDoor: each refresh token works for its own client, at its own door.
func TestRefreshStaysAtItsDoor(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app, other, public := s.Application(t, nil), s.Application(t, nil), s.Application(t, harness.Vars{"kind": "PUBLIC"})
	tokens := grant(t, s, consent{app: app, userID: ada.UserID, scopes: offline})
	basic := [2]string{app.ID, app.Secret}
	for name, r := range map[string]request{
		"a person's own token":                  {form: refreshing(ada.Refresh), basic: basic},
		"a person's own token, a public client": {form: refreshing(ada.Refresh, "client_id", public.ID)},
		"another client":                        {form: refreshing(tokens.Refresh), basic: [2]string{other.ID, other.Secret}},
		"a public client":                       {form: refreshing(tokens.Refresh, "client_id", public.ID)},
		"an access token":                       {form: refreshing(tokens.Access), basic: basic},
		"an ID token":                           {form: refreshing(tokens.IDToken), basic: basic},
		"half of it":                            {form: refreshing(tokens.Refresh[:40]), basic: basic},
	} {
		if a := send(t, s.URL, r); a.Status != 400 || a.Error != "invalid_grant" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	for name, r := range map[string]request{
		"no client":      {form: refreshing(tokens.Refresh)},
		"a wrong secret": {form: refreshing(tokens.Refresh), basic: [2]string{app.ID, "x"}},
	} {
		if a := send(t, s.URL, r); a.Status != 401 || a.Error != "invalid_client" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	s.Ask(t, "", harness.RefreshOperation, harness.Vars{"token": tokens.Refresh}).Want(t, "REFRESH_TOKEN_INVALID")
	s.Ask(t, "", `mutation($token: String) { logout(refreshToken: $token) }`, harness.Vars{"token": tokens.Refresh}).Must(t)
	send(t, s.URL, request{form: refreshing(tokens.Refresh), basic: basic}).want(t, 200, "")
	s.Refresh(t, ada.Refresh)
}

// claims are the claims of a token that is not verified.
func claims(t testing.TB, text string) map[string]any {
	t.Helper()
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWT: %s", text)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(payload, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestIDTokenAtRefresh: each refresh gives the claims of the first ID token again, except for its
// times and the nonce.
func TestIDTokenAtRefresh(t *testing.T) {
	s := harness.Start(t, "OAUTH=on")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app := s.Application(t, harness.Vars{"scopes": append([]string{"roles"}, offline...)})
	tokens := grant(t, s, consent{app: app, userID: ada.UserID, scopes: append([]string{"roles"}, offline...), nonce: "n-0S6_WzA2Mj"})
	first := claims(t, tokens.IDToken)
	want := map[string]any{
		"iss": "http://localhost:8080", "sub": ada.UserID, "aud": app.ID, "nonce": "n-0S6_WzA2Mj", "amr": []any{"pwd"}, "acr": "aal1",
		"email": harness.AdaEmail, "email_verified": false, "roles": []any{"user"}, "sid": claims(t, tokens.Access)["sid"],
		"auth_time": claims(t, tokens.Access)["auth_time"], "updated_at": first["updated_at"], "iat": first["iat"], "exp": first["iat"].(float64) + 600,
	}
	if !equalJSON(first, want) {
		t.Errorf("claims %v, want %v", first, want)
	}
	next := claims(t, send(t, s.URL, request{form: refreshing(tokens.Refresh), basic: [2]string{app.ID, app.Secret}}).want(t, 200, "").IDToken)
	for _, name := range []string{"iat", "exp", "nonce"} {
		delete(first, name)
		if name != "nonce" && next[name] == nil {
			t.Errorf("claims %v lack %s", next, name)
		}
		if name != "nonce" {
			delete(next, name)
		}
	}
	if !equalJSON(first, next) {
		t.Errorf("claims %v, want %v", next, first)
	}
}

func equalJSON(a, b map[string]any) bool {
	x, _ := json.Marshal(maps.Clone(a))
	y, _ := json.Marshal(maps.Clone(b))
	return string(x) == string(y)
}

// TestReplayWindowOff: without a window, a refresh token works once.
func TestReplayWindowOff(t *testing.T) {
	s := harness.Start(t, "OAUTH=on", "OAUTH_REFRESH_REPLAY_WINDOW=0s")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app := s.Application(t, nil)
	first := grant(t, s, consent{app: app, userID: ada.UserID, scopes: offline})
	r := request{form: refreshing(first.Refresh), basic: [2]string{app.ID, app.Secret}}
	send(t, s.URL, r).want(t, 200, "")
	send(t, s.URL, r).want(t, 400, "invalid_grant")
}

// TestRefreshesAreLimited: a session gets 60 signatures a minute. A refusal uses nothing up, and
// another session of the client goes on.
func TestRefreshesAreLimited(t *testing.T) {
	dsn := storetest.DSN(t)
	s := harness.StartOn(t, dsn, "OAUTH=on", "RATE_LIMITS=on")
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	app := s.Application(t, harness.Vars{"idTokenAlgorithm": "ES256"})
	refresh := func(token string) answer {
		return send(t, s.URL, request{form: refreshing(token), basic: [2]string{app.ID, app.Secret}})
	}
	token := grant(t, s, consent{app: app, userID: ada.UserID, scopes: offline}).Refresh
	other := grant(t, s, consent{app: app, userID: ada.UserID, scopes: offline}).Refresh
	refreshes := 0
	a := refresh(token)
	for ; a.Status == http.StatusOK && refreshes < 150; refreshes++ { // a minute that begins meanwhile brings 60 more
		token = a.Refresh
		a = refresh(token)
	}
	if a.want(t, 429, "temporarily_unavailable").Header.Get("Retry-After") == "" || refreshes < 60 {
		t.Errorf("after %d refreshes: %v %s", refreshes, a.Header, a.Body)
	}
	refresh(other).want(t, 200, "")
	unlimited := harness.StartOn(t, dsn, "OAUTH=on", "OAUTH_REFRESH_REPLAY_WINDOW=0s") // a used token is refused there
	send(t, unlimited.URL, request{form: refreshing(token), basic: [2]string{app.ID, app.Secret}}).want(t, 200, "")
}
