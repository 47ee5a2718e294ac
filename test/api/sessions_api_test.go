package api_test

import (
	"encoding/json"
	"net"
	"slices"
	"testing"
	"time"

	"gatehouse/auth/operator"
	"gatehouse/test/harness"

	"github.com/google/go-cmp/cmp"
)

// User agents.
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

// sessions are the sessions at a path of a reply, which must have no errors.
func sessions(t testing.TB, r harness.Reply, path string) []shownSession {
	t.Helper()
	r.Want(t, "")
	text, err := json.Marshal(r.At(path))
	if err != nil {
		t.Fatal(err)
	}
	var list []shownSession
	if err := json.Unmarshal(text, &list); err != nil || list == nil {
		t.Fatalf("%s is not a list of sessions: %v: %s", path, err, r.Body)
	}
	return list
}

// idsOf are the ids of sessions, in order.
func idsOf(list []shownSession) []string {
	ids := make([]string, len(list))
	for i, s := range list {
		ids[i] = s.ID
	}
	return ids
}

// sessionIDs are the ids of the caller's sessions, the last used one first.
func sessionIDs(t testing.TB, s *harness.Service, token string) []string {
	t.Helper()
	return idsOf(sessions(t, s.Ask(t, token, `{ me { sessions { id } } }`, nil), "me.sessions"))
}

// askFrom is Ask for a client with this IP address and user agent.
func askFrom(t testing.TB, s *harness.Service, ip, browser, token, query string, variables harness.Vars) harness.Reply {
	t.Helper()
	r := harness.NewRequest(t, harness.Bearer(token), harness.Body(query, variables))
	r.RemoteAddr = net.JoinHostPort(ip, "4711")
	r.Header.Set("User-Agent", browser)
	return harness.Serve(t, s.Handler(), r)
}

// TestSessionsList lists an account's sessions: the last used one first, with
// the client of the last refresh or of the login, and which one asks.
func TestSessionsList(t *testing.T) {
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
			s := harness.Start(t, tt.environ...)
			input := harness.Credentials(harness.AdaEmail, harness.AdaPassword)
			first := askFrom(t, s, "192.0.2.1", firefox, "", harness.RegisterOperation, input).Must(t).Session("register")
			second := askFrom(t, s, "192.0.2.2", "", "", harness.LoginOperation, input).Must(t).Session("login")
			a, b := s.SessionID(t, first.Access), s.SessionID(t, second.Access)
			if got := sessionIDs(t, s, first.Access); !slices.Equal(got, []string{b, a}) {
				t.Errorf("sessions = %q, want %q", got, []string{b, a})
			}
			first = askFrom(t, s, "2001:db8::1", safari, "", harness.RefreshOperation, harness.Vars{"token": first.Refresh}).Must(t).Session("refresh")
			shown := []struct {
				id, ip, browser, device string
				used                    bool // after it began
			}{{a, "2001:db8::1", safari, "Safari on iPhone", true}, {b, "192.0.2.2", "", "Unknown device", false}}
			for current, token := range []string{first.Access, second.Access} {
				list := sessions(t, s.Ask(t, token, sessionsOperation, nil), "me.sessions")
				if len(list) != len(shown) {
					t.Fatalf("%d sessions are listed", len(list))
				}
				for i, got := range list {
					w := shown[i]
					if got.ID != w.id || got.IP != w.ip || got.UserAgent != w.browser || got.Device != w.device || got.Current != (i == current) {
						t.Errorf("session %d, requested by %d: %+v, want %+v", i, current, got, w)
					}
					if got.LastUsedAt.After(got.CreatedAt) != w.used || !got.ExpiresAt.Equal(tt.expires(got)) || !slices.Equal(got.AMR, []string{"pwd"}) {
						t.Errorf("session %d: %+v", i, got)
					}
				}
			}
			s.Ask(t, second.Access, `mutation { logout }`, nil).Want(t, "")
			if got := sessionIDs(t, s, first.Access); !slices.Equal(got, []string{a}) {
				t.Errorf("sessions = %q: one has ended", got)
			}
		})
	}
}

// TestCurrentSession reads the current session below fields that log in: it is
// the new one, whatever credential the request has.
func TestCurrentSession(t *testing.T) {
	s := harness.Start(t)
	const fields = `{ accessToken refreshToken user { id sessions { id current } } }`
	input := harness.Vars{"email": harness.AdaEmail, "password": harness.AdaPassword}
	steps := []struct {
		field, query string
		input        func(before harness.Session) harness.Vars
		sessions     int // there are then
		same         bool
	}{
		{"register", `mutation($input: RegisterInput!) { register(input: $input) ` + fields + ` }`, func(harness.Session) harness.Vars { return harness.Vars{"input": input} }, 1, false},
		{"login", `mutation($input: LoginInput!) { login(input: $input) ` + fields + ` }`, func(harness.Session) harness.Vars { return harness.Vars{"input": input} }, 2, false},
		{"refresh", `mutation($token: String) { refresh(refreshToken: $token) ` + fields + ` }`, func(l harness.Session) harness.Vars { return harness.Vars{"token": l.Refresh} }, 2, true},
		{"changePassword", `mutation($input: ChangePasswordInput!) { changePassword(input: $input) ` + fields + ` }`, func(harness.Session) harness.Vars {
			return harness.Vars{"input": harness.Vars{"currentPassword": harness.AdaPassword, "newPassword": "nine-loud-bitterns-31"}}
		}, 1, true},
	}
	var now harness.Session
	for _, step := range steps {
		r := s.Ask(t, now.Access, step.query, step.input(now))
		list := sessions(t, r, step.field+".user.sessions")
		before := now
		now = r.Must(t).Session(step.field)
		sid := s.SessionID(t, now.Access)
		for _, got := range list {
			if got.Current != (got.ID == sid) {
				t.Errorf("%s: session %s is the current one: %t", step.field, got.ID, got.Current)
			}
		}
		if len(list) != step.sessions || list[0].ID != sid {
			t.Errorf("%s: %+v, want %d, %s first", step.field, list, step.sessions, sid)
		}
		if step.same && step.field == "refresh" && s.SessionID(t, before.Access) != sid {
			t.Errorf("%s: it is another session", step.field)
		}
	}
}

// TestSessionsVisibility reads sessions as their owner, in a session without
// scopes too, and as an administrator. Other callers can't read them, even if
// they may read users.
func TestSessionsVisibility(t *testing.T) {
	s := harness.Start(t)
	admin, ada := s.Admin(t), s.Register(t, harness.AdaEmail, harness.AdaPassword)
	if err := s.Store().CreateRole(t.Context(), operator.Role{Name: "support", Scopes: []string{"read:users"}}); err != nil {
		t.Fatal(err)
	}
	support := s.Member(t, "support@example.com", "support") // the administrator logs in once more for that
	few := s.Login(t, harness.AdaEmail, harness.AdaPassword, []string{}...)
	reader := s.Login(t, harness.AdminEmail, harness.AdminPassword, "read:users")
	const me, user = `{ me { sessions { id current } } }`, `query($id: ID!) { user(id: $id) { id sessions { id current } } }`
	tests := []struct {
		name, token, query, id, path string
		code, reason                 string // "" if they are visible
		sessions                     int
		current                      bool
	}{
		{"anonymous", "", me, "", "me", "UNAUTHENTICATED", "no_credential", 0, false},
		{"own", ada.Access, me, "", "me.sessions", "", "", 2, true},
		{"own, by id", ada.Access, user, ada.UserID, "user.sessions", "", "", 2, true},
		{"own, in a session without scopes", few.Access, me, "", "me.sessions", "", "", 2, true},
		{"another user's", ada.Access, user, support.UserID, "user", "FORBIDDEN", "not_self", 0, false},
		{"another user's, with read:users", support.Access, user, ada.UserID, "user.sessions", "FORBIDDEN", "not_self", 0, false},
		{"own, with read:users", support.Access, user, support.UserID, "user.sessions", "", "", 1, true},
		{"another user's, as an administrator in a session with one scope", reader.Access, user, ada.UserID, "user.sessions", "FORBIDDEN", "not_self", 0, false},
		{"own, in a session with one scope", reader.Access, me, "", "me.sessions", "", "", 3, true},
		{"another user's, as an administrator", admin.Access, user, ada.UserID, "user.sessions", "", "", 2, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := s.Ask(t, tt.token, tt.query, harness.Vars{"id": tt.id})
			if tt.code != "" {
				r.WantReason(t, tt.code, tt.reason)
				if len(r.Errors) != 1 || r.At(tt.path) != nil || tt.path == "user.sessions" && r.Text("user.id") != tt.id {
					t.Errorf("answer = %s", r.Body)
				}
				return
			}
			list := sessions(t, r, tt.path)
			current := slices.ContainsFunc(list, func(s shownSession) bool { return s.Current })
			if len(list) != tt.sessions || current != tt.current {
				t.Errorf("answer = %s", r.Body)
			}
		})
	}
	t.Run("one error for each path", func(t *testing.T) { refusedPaths(t, s, support, admin) })
}

// refusedPaths lists all accounts: a caller who may read users sees their own
// sessions only, an administrator all sessions.
func refusedPaths(t *testing.T, s *harness.Service, support, admin harness.Session) {
	t.Helper()
	const list = `{ users { nodes { id sessions { id } } } }`
	r := s.Ask(t, support.Access, list, nil)
	nodes, _ := r.At("users.nodes").([]any)
	var refused []any
	for i, node := range nodes {
		user, _ := node.(map[string]any)
		if own := user["id"] == support.UserID; (user["sessions"] != nil) != own {
			t.Errorf("account %d, the caller's own: %t: %v", i, own, user)
		} else if !own {
			refused = append(refused, []any{"users", "nodes", float64(i), "sessions"})
		}
	}
	var paths []any
	for _, e := range r.Errors {
		paths = append(paths, e.Path)
		if e.Extensions["code"] != "FORBIDDEN" || e.Extensions["coordinate"] != "User.sessions" {
			t.Errorf("%+v", e)
		}
	}
	if diff := cmp.Diff(refused, paths); diff != "" || len(nodes) != 3 {
		t.Errorf("the paths of the errors among %d accounts: %s", len(nodes), diff)
	}
	r = s.Ask(t, admin.Access, list, nil)
	nodes, _ = r.At("users.nodes").([]any)
	r.Want(t, "")
	for _, node := range nodes {
		if user, _ := node.(map[string]any); user["sessions"] == nil {
			t.Errorf("the administrator does not see those of %v", user)
		}
	}
}

// TestSessionsFirst limits how many sessions are listed.
func TestSessionsFirst(t *testing.T) {
	s := harness.Start(t)
	tokens := []string{s.Register(t, harness.AdaEmail, harness.AdaPassword).Access}
	for range 2 {
		tokens = append([]string{s.Login(t, harness.AdaEmail, harness.AdaPassword).Access}, tokens...)
	}
	var all []string
	for _, token := range tokens {
		all = append(all, s.SessionID(t, token))
	}
	const query = `query($first: Int) { me { id sessions(first: $first) { id } } }`
	tests := []struct {
		first any
		want  []string // nil if it is refused
	}{{-1, nil}, {0, []string{}}, {1, all[:1]}, {2, all[:2]}, {100, all}, {101, nil}, {nil, all}}
	for _, tt := range tests {
		r := s.Ask(t, tokens[0], query, harness.Vars{"first": tt.first})
		if tt.want == nil {
			r.WantField(t, "BAD_USER_INPUT", "first")
			if len(r.Errors) != 1 || r.At("me.sessions") != nil || r.At("me.id") == nil {
				t.Errorf("first %v: %s", tt.first, r.Body)
			}
			continue
		}
		if got := idsOf(sessions(t, r, "me.sessions")); !slices.Equal(got, tt.want) {
			t.Errorf("first %v: %q, want %q", tt.first, got, tt.want)
		}
	}
	s.Ask(t, tokens[0], `{ me { sessions(first: 99999999999) { id } } }`, nil).Want(t, "GRAPHQL_VALIDATION_FAILED")
}
