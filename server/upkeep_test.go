package server

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/auth/token"
)

// age makes the keys of a database older, and has the replicas read them again.
func age(t *testing.T, by time.Duration, replicas ...*Server) {
	t.Helper()
	db, err := sql.Open("postgres", replicas[0].deployment.Settings.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const query = `
		UPDATE signing_keys
		SET created_at = created_at - d, signs_from = signs_from - d, signed_at = signed_at - d
		FROM make_interval(secs => $1) AS d`
	if _, err := db.ExecContext(t.Context(), query, by.Seconds()); err != nil {
		t.Fatal(err)
	}
	for _, r := range replicas {
		if err := r.keyring.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// phases are those of the keys, in the order in which they sign.
func phases(t *testing.T, r *Server) string {
	t.Helper()
	list, err := r.deployment.Keys().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, key := range list {
		names = append(names, string(key.Phase))
	}
	return strings.Join(names, " ")
}

// upkeep has replicas do their upkeep at the same moment.
func upkeep(t *testing.T, replicas ...*Server) {
	t.Helper()
	var all sync.WaitGroup
	begin := make(chan struct{})
	for _, r := range replicas {
		all.Go(func() {
			<-begin
			if err := r.deployment.upkeep(t.Context(), r.keyring); err != nil {
				t.Error(err)
			}
		})
	}
	close(begin)
	all.Wait()
}

// ask sends an operation with an access token, and returns the status and the
// body of the answer.
func ask(t *testing.T, r *Server, access, query string) (status int, answer string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(string(body)))
	request.Header.Set("Content-Type", "application/json")
	if access != "" {
		request.Header.Set("Authorization", "Bearer "+access)
	}
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, request)
	return w.Code, w.Body.String()
}

// tokens are those in a field of an answer.
func tokens(t *testing.T, answer, field string) (access, refresh string) {
	t.Helper()
	var parsed struct {
		Data map[string]struct{ AccessToken, RefreshToken string }
	}
	if err := json.Unmarshal([]byte(answer), &parsed); err != nil || parsed.Data[field].AccessToken == "" {
		t.Fatalf("%v: %s", err, answer)
	}
	return parsed.Data[field].AccessToken, parsed.Data[field].RefreshToken
}

// published are the ids of the public keys.
func published(t *testing.T, r *Server) (ids []string) {
	t.Helper()
	keys, err := token.ParseJWKS(get(r, "/.well-known/jwks.json").Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		ids = append(ids, key.ID)
	}
	return ids
}

// eventually waits for something that another replica brings about.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// TestKeyAge has a key reach its maximum age: it is replaced by another one, which
// is announced in time. If two replicas do it at the same moment, one of them
// makes the key.
func TestKeyAge(t *testing.T) {
	a, _ := start(t, "JWT_KEY_MAX_AGE=24h", "JWT_KEY_ANNOUNCE=1h")
	database := "DATABASE_URL=" + a.deployment.Settings.DatabaseURL
	b, _ := start(t, database, "JWT_KEY_MAX_AGE=24h", "JWT_KEY_ANNOUNCE=1h")
	unlimited, _ := start(t, database, "JWT_KEY_MAX_AGE=0s")
	_, answer := ask(t, a, "", `mutation { register(input: {email: "ada@example.com", password: "seven-quiet-herons-42"}) { accessToken refreshToken } }`)
	first, refresh := tokens(t, answer, "register")
	steps := []struct {
		name   string
		after  time.Duration
		phases string
	}{
		{"young", 0, "signing"},
		{"almost due", 22 * time.Hour, "signing"},
		{"due, less the announcement", time.Hour, "signing announced"},
		{"a moment later", 0, "signing announced"},
		{"announced", time.Hour, "verifying signing"},
		{"while tokens of the old one are good", 15 * time.Minute, "verifying signing"},
		{"afterwards", time.Hour, "signing"},
	}
	for _, step := range steps {
		age(t, step.after, a, b, unlimited)
		upkeep(t, unlimited) // which replaces no key
		upkeep(t, a, b)
		if got := phases(t, a); got != step.phases {
			t.Fatalf("%s: %s, want %s", step.name, got, step.phases)
		}
	}
	for _, r := range []*Server{a, b} {
		eventually(t, "a token of the first key is refused", func() bool {
			status, answer := ask(t, r, first, `{ viewer { id } }`)
			return status == http.StatusUnauthorized && strings.Contains(answer, `"token_invalid"`)
		})
	}
	_, answer = ask(t, b, "", `mutation { refresh(refreshToken: "`+refresh+`") { accessToken refreshToken } }`)
	next, _ := tokens(t, answer, "refresh")
	kid := a.keyring.Signing().ID
	if header, _, _ := strings.Cut(next, "."); header == "" || strings.HasPrefix(first, header+".") {
		t.Errorf("the first key still signs: %q", next)
	}
	eventually(t, "the second key alone is published", func() bool { return slices.Equal(published(t, a), []string{kid}) })
	if status, answer := ask(t, a, next, `{ me { email } }`); status != http.StatusOK || !strings.Contains(answer, `"ada@example.com"`) {
		t.Errorf("the session: %d %s", status, answer)
	}
}

// TestKeyAgeRace has replicas find at the same moment that the next key is due: one
// of them makes it.
func TestKeyAgeRace(t *testing.T) {
	a, _ := start(t, "JWT_KEY_MAX_AGE=24h", "JWT_KEY_ANNOUNCE=1h")
	b, _ := start(t, "DATABASE_URL="+a.deployment.Settings.DatabaseURL, "JWT_KEY_MAX_AGE=24h", "JWT_KEY_ANNOUNCE=1h")
	for round := range 5 {
		age(t, 23*time.Hour, a, b)
		upkeep(t, a, b, a, b, a, b)
		if got := phases(t, a); got != "signing announced" {
			t.Fatalf("round %d: %s", round, got)
		}
		age(t, 2*time.Hour, a, b) // the new one signs, and the old one is no longer needed
		upkeep(t, a, b, a, b, a, b)
		if got := phases(t, a); got != "signing" {
			t.Fatalf("round %d, later: %s", round, got)
		}
	}
}
