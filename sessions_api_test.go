package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The browsers of these tests.
const (
	firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
	safari  = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)

const (
	sessionFields     = `{ id createdAt lastUsedAt expiresAt ip userAgent device current amr }`
	sessionsOperation = `{ me { sessions ` + sessionFields + ` } }`
)

// A shownSession is a session as the API shows it.
type shownSession struct {
	ID         string    `json:"id"`
	CreatedAt  time.Time `json:"createdAt"`
	LastUsedAt time.Time `json:"lastUsedAt"`
	ExpiresAt  time.Time `json:"expiresAt"`
	IP         string    `json:"ip"`
	UserAgent  string    `json:"userAgent"`
	Device     string    `json:"device"`
	Current    bool      `json:"current"`
	AMR        []string  `json:"amr"`
}

// sessions are those that an answer without errors shows.
func (r reply) sessions(t testing.TB, path string) []shownSession {
	t.Helper()
	want(t, r, "")
	text, err := json.Marshal(r.at(path))
	if err != nil {
		t.Fatal(err)
	}
	var list []shownSession
	if err := json.Unmarshal(text, &list); err != nil || list == nil {
		t.Fatalf("%s is no list of sessions: %v: %s", path, err, r.body)
	}
	return list
}

// idsOf returns the ids of sessions, in their order.
func idsOf(list []shownSession) []string {
	ids := make([]string, len(list))
	for i, s := range list {
		ids[i] = s.ID
	}
	return ids
}

// living are the ids of the sessions that the caller has, the last used first.
func (s *service) living(t testing.TB, token string) []string {
	t.Helper()
	return idsOf(s.ask(t, token, `{ me { sessions { id } } }`, nil).sessions(t, "me.sessions"))
}

// sid is the session that an access token belongs to.
func (s *service) sid(t testing.TB, token string) string {
	t.Helper()
	r := s.ask(t, token, `{ viewer { sessionId } }`, nil)
	want(t, r, "")
	return r.str("viewer.sessionId")
}

// askFrom is ask for a client with this address and browser.
func (s *service) askFrom(t testing.TB, ip, browser, token, query string, variables vars) reply {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
	r.RemoteAddr = net.JoinHostPort(ip, "4711")
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", browser)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return replyOf(t, w.Code, w.Header(), w.Body.Bytes())
}

// TestSessionsAreListed: the last used first, as their last refresh or their login came, and which of them asks.
func TestSessionsAreListed(t *testing.T) {
	tests := []struct {
		name    string
		environ []string
		expires func(s shownSession) time.Time
	}{
		{"the idle lifetime ends first", []string{"REFRESH_TOKEN_TTL=1h"}, func(s shownSession) time.Time { return s.LastUsedAt.Add(time.Hour) }},
		{"the absolute lifetime ends first", []string{"REFRESH_TOKEN_TTL=1h", "SESSION_TTL=1h"}, func(s shownSession) time.Time { return s.CreatedAt.Add(time.Hour) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, tt.environ...)
			input := vars{"input": vars{"email": adaEmail, "password": adaPassword}}
			first := session1(t, "register", s.askFrom(t, "192.0.2.1", firefox, "", registerOperation, input))
			second := session1(t, "login", s.askFrom(t, "192.0.2.2", "", "", loginOperation, input))
			a, b := s.sid(t, first.access), s.sid(t, second.access)
			if got := s.living(t, first.access); !slices.Equal(got, []string{b, a}) {
				t.Errorf("sessions = %q, want %q", got, []string{b, a})
			}
			first = session1(t, "refresh", s.askFrom(t, "2001:db8::1", safari, "", refreshOperation, vars{"token": first.refresh}))
			shown := []struct {
				id, ip, browser, device string
				used                    bool // since it began
			}{{a, "2001:db8::1", safari, "Safari on iPhone", true}, {b, "192.0.2.2", "", "Unknown device", false}}
			for current, token := range []string{first.access, second.access} {
				list := s.ask(t, token, sessionsOperation, nil).sessions(t, "me.sessions")
				if len(list) != len(shown) {
					t.Fatalf("%d sessions are listed", len(list))
				}
				for i, got := range list {
					w := shown[i]
					if got.ID != w.id || got.IP != w.ip || got.UserAgent != w.browser || got.Device != w.device || got.Current != (i == current) {
						t.Errorf("session %d, asked by %d: %+v, want %+v", i, current, got, w)
					}
					if got.LastUsedAt.After(got.CreatedAt) != w.used || !got.ExpiresAt.Equal(tt.expires(got)) || !slices.Equal(got.AMR, []string{"pwd"}) {
						t.Errorf("session %d: %+v", i, got)
					}
				}
			}
			want(t, s.ask(t, second.access, `mutation { logout }`, nil), "")
			if got := s.living(t, first.access); !slices.Equal(got, []string{a}) {
				t.Errorf("sessions = %q: one has ended", got)
			}
		})
	}
}

// TestCurrentSession: below a field that logs somebody in, the session of this request is the one that it gives, whatever the credential.
func TestCurrentSession(t *testing.T) {
	s := start(t)
	const fields = `{ accessToken refreshToken user { id sessions { id current } } }`
	input := vars{"email": adaEmail, "password": adaPassword}
	steps := []struct {
		field, query string
		input        func(before login) vars
		sessions     int // that there are then
		same         bool
	}{
		{"register", `mutation($input: RegisterInput!) { register(input: $input) ` + fields + ` }`, func(login) vars { return vars{"input": input} }, 1, false},
		{"login", `mutation($input: LoginInput!) { login(input: $input) ` + fields + ` }`, func(login) vars { return vars{"input": input} }, 2, false},
		{"refresh", `mutation($token: String) { refresh(refreshToken: $token) ` + fields + ` }`, func(l login) vars { return vars{"token": l.refresh} }, 2, true},
		{"changePassword", `mutation($input: ChangePasswordInput!) { changePassword(input: $input) ` + fields + ` }`, func(login) vars {
			return vars{"input": vars{"currentPassword": adaPassword, "newPassword": "nine-loud-bitterns-31"}}
		}, 1, true},
	}
	var now login
	for _, step := range steps {
		r := s.ask(t, now.access, step.query, step.input(now))
		list := r.sessions(t, step.field+".user.sessions")
		before := now
		now = session1(t, step.field, r)
		sid := s.sid(t, now.access)
		for _, got := range list {
			if got.Current != (got.ID == sid) {
				t.Errorf("%s: session %s is the present one: %t", step.field, got.ID, got.Current)
			}
		}
		if len(list) != step.sessions || list[0].ID != sid {
			t.Errorf("%s: %+v, want %d, %s first", step.field, list, step.sessions, sid)
		}
		if step.same && step.field == "refresh" && s.sid(t, before.access) != sid {
			t.Errorf("%s: it is another session", step.field)
		}
	}
}

// TestWhoSeesSessions: their owner, also in a session of few scopes, and administrators. Nobody else does, though they may read users.
func TestWhoSeesSessions(t *testing.T) {
	s := start(t)
	admin, ada := s.admin(t), s.register(t, adaEmail, adaPassword)
	consoleOn(t, s.settings.DatabaseURL).run(t, "", "role", "create", "support", "read:users").ends(t, exitDone)
	support := s.member(t, "support@example.com", "support") // for which the administrator logs in once more
	few := s.login(t, adaEmail, adaPassword, []string{}...)
	reader := s.login(t, adminEmail, adminPassword, "read:users")
	const me, user = `{ me { sessions { id current } } }`, `query($id: ID!) { user(id: $id) { id sessions { id current } } }`
	tests := []struct {
		name, token, query, id, path string
		code, reason                 string // "" where they are seen
		sessions                     int
		current                      bool
	}{
		{"nobody's own", "", me, "", "me", "UNAUTHENTICATED", "no_credential", 0, false},
		{"one's own", ada.access, me, "", "me.sessions", "", "", 2, true},
		{"one's own, by id", ada.access, user, ada.id, "user.sessions", "", "", 2, true},
		{"one's own, in a session without scopes", few.access, me, "", "me.sessions", "", "", 2, true},
		{"somebody else's", ada.access, user, support.id, "user", "FORBIDDEN", "not_self", 0, false},
		{"somebody else's, with read:users", support.access, user, ada.id, "user.sessions", "FORBIDDEN", "not_self", 0, false},
		{"one's own, with read:users", support.access, user, support.id, "user.sessions", "", "", 1, true},
		{"somebody else's, as an administrator in a session of few scopes", reader.access, user, ada.id, "user.sessions", "FORBIDDEN", "not_self", 0, false},
		{"one's own, as such", reader.access, me, "", "me.sessions", "", "", 3, true},
		{"somebody else's, as an administrator", admin.access, user, ada.id, "user.sessions", "", "", 2, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := s.ask(t, tt.token, tt.query, vars{"id": tt.id})
			if tt.code != "" {
				wantReason(t, r, tt.code, tt.reason)
				if len(r.errors) != 1 || r.at(tt.path) != nil || tt.path == "user.sessions" && r.str("user.id") != tt.id {
					t.Errorf("it answers %s", r.body)
				}
				return
			}
			list := r.sessions(t, tt.path)
			current := slices.ContainsFunc(list, func(s shownSession) bool { return s.Current })
			if len(list) != tt.sessions || current != tt.current {
				t.Errorf("it answers %s", r.body)
			}
		})
	}
	t.Run("one error for each place", func(t *testing.T) { s.refusedPlaces(t, support, admin) })
}

// refusedPlaces lists all accounts: whoever may read users finds the sessions of nobody else, an administrator those of everybody.
func (s *service) refusedPlaces(t *testing.T, support, admin login) {
	t.Helper()
	const list = `{ users { nodes { id sessions { id } } } }`
	r := s.ask(t, support.access, list, nil)
	nodes, _ := r.at("users.nodes").([]any)
	var refused []any
	for i, node := range nodes {
		user, _ := node.(map[string]any)
		if own := user["id"] == support.id; (user["sessions"] != nil) != own {
			t.Errorf("account %d, one's own: %t: %v", i, own, user)
		} else if !own {
			refused = append(refused, []any{"users", "nodes", float64(i), "sessions"})
		}
	}
	var paths []any
	for _, e := range r.errors {
		paths = append(paths, e.Path)
		if e.Extensions["code"] != "FORBIDDEN" || e.Extensions["coordinate"] != "User.sessions" {
			t.Errorf("%+v", e)
		}
	}
	if diff := cmp.Diff(refused, paths); diff != "" || len(nodes) != 3 {
		t.Errorf("the errors' places among %d accounts: %s", len(nodes), diff)
	}
	r = s.ask(t, admin.access, list, nil)
	nodes, _ = r.at("users.nodes").([]any)
	want(t, r, "")
	for _, node := range nodes {
		if user, _ := node.(map[string]any); user["sessions"] == nil {
			t.Errorf("the administrator does not see those of %v", user)
		}
	}
}

// TestHowManySessions asks for so many sessions at most.
func TestHowManySessions(t *testing.T) {
	s := start(t)
	tokens := []string{s.register(t, adaEmail, adaPassword).access}
	for range 2 {
		tokens = append([]string{s.login(t, adaEmail, adaPassword).access}, tokens...)
	}
	var all []string
	for _, token := range tokens {
		all = append(all, s.sid(t, token))
	}
	const query = `query($first: Int) { me { id sessions(first: $first) { id } } }`
	tests := []struct {
		first any
		want  []string // nil where that is refused
	}{{-1, nil}, {0, []string{}}, {1, all[:1]}, {2, all[:2]}, {100, all}, {101, nil}, {nil, all}}
	for _, tt := range tests {
		r := s.ask(t, tokens[0], query, vars{"first": tt.first})
		if tt.want == nil {
			wantField(t, r, "BAD_USER_INPUT", "first")
			if len(r.errors) != 1 || r.at("me.sessions") != nil || r.at("me.id") == nil {
				t.Errorf("first %v: %s", tt.first, r.body)
			}
			continue
		}
		if got := idsOf(r.sessions(t, "me.sessions")); !slices.Equal(got, tt.want) {
			t.Errorf("first %v: %q, want %q", tt.first, got, tt.want)
		}
	}
	want(t, s.ask(t, tokens[0], `{ me { sessions(first: 99999999999) { id } } }`, nil), "GRAPHQL_VALIDATION_FAILED")
}
