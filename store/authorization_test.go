package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/authorization"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/token"
)

// signInLife is the lifetimes of sessions of the sign-in page.
var signInLife = auth.Lifetimes{Idle: time.Hour, SignIn: time.Minute, Absolute: 24 * time.Hour, PerUser: 50}.Of(auth.SignInSession)

// signIn opens a session of the sign-in page.
func (r *replica) signIn(userID string) *auth.Session {
	r.t.Helper()
	s := newSession(userID)
	s.Kind = auth.SignInSession
	if _, err := r.OpenSession(r.t.Context(), s, hash, signInLife); err != nil {
		r.t.Fatal(err)
	}
	return s
}

// cookie returns the session's cookie, parsed.
func (r *replica) cookie(s *auth.Session) *token.SignIn {
	r.t.Helper()
	text, err := r.secrets.IssueSignIn(s.ID, s.Seed)
	if err != nil {
		r.t.Fatal(err)
	}
	parsed, err := r.secrets.ParseSignIn(text)
	if err != nil {
		r.t.Fatal(err)
	}
	return parsed
}

// application registers a client.
func (r *replica) application() *clients.Client {
	r.t.Helper()
	c := &clients.Client{
		ID: uuid.Must(uuid.NewV7()).String(), Kind: clients.Public, Name: "App", RedirectURIs: []string{"https://app.example.com/callback"},
		Grants: []clients.GrantType{clients.AuthorizationCode, clients.RefreshToken}, Scopes: []string{"email", "openid"},
		AssertionAudience: clients.IssuerAudience, PKCE: true, IDTokenAlgorithm: clients.RS256, CreatedAt: time.Now().UTC(), UpdatedAt: time.Now().UTC(),
	}
	if err := r.CreateClient(r.t.Context(), c); err != nil {
		r.t.Fatal(err)
	}
	return c
}

// opened opens a session of the client, allowed in the session.
func (r *replica) opened(c *clients.Client, parent *auth.Session, scopes ...string) string {
	r.t.Helper()
	s := newSession(parent.UserID)
	s.Kind, s.ClientID, s.Parent, s.Limit = auth.ApplicationSession, c.ID, parent.ID, &auth.Limit{Scopes: scopes}
	if _, err := r.OpenSession(r.t.Context(), s, hash, life); err != nil {
		r.t.Fatal(err)
	}
	return s.ID
}

var flow = []byte("01234567890123456789012345678901")

// request stores a request of the client.
func (r *replica) request(c *clients.Client, flow []byte, life time.Duration) *authorization.Request {
	r.t.Helper()
	age := int64(7)
	request := &authorization.Request{
		ID: uuid.NewString(), ClientID: c.ID, RedirectURI: c.RedirectURIs[0], State: []byte("\x00\xff"), Scopes: []string{"email", "openid"},
		Nonce: "n", Prompt: []string{"login"}, MaxAge: &age, AskedAt: time.Now().UTC(),
	}
	if err := r.OAuth.StoreRequest(r.t.Context(), request, flow, life); err != nil {
		r.t.Fatal(err)
	}
	return request
}

// answerOf answers a request with a code of the session for the scopes.
func answerOf(request *authorization.Request, s *auth.Session, scopes ...string) *authorization.Answer {
	return &authorization.Answer{
		RequestID: request.ID, ClientID: request.ClientID,
		Code: &oauth.AuthorizationCode{
			ID: uuid.Must(uuid.NewV7()).String(), Seed: newSeed(), ClientID: request.ClientID, UserID: s.UserID, Parent: s.ID,
			RedirectURI: request.RedirectURI, Nonce: request.Nonce, Scopes: scopes, AuthTime: s.AuthTime, AMR: s.AMR,
		},
		Grant: func(before *clients.Grant) (*clients.Grant, []string) {
			now := &clients.Grant{UserID: s.UserID, ClientID: request.ClientID, Scopes: scopes, Coordinates: []string{"Query.me"}}
			if before == nil {
				return now, nil
			}
			return now, slices.DeleteFunc(slices.Clone(before.Scopes), func(name string) bool { return slices.Contains(scopes, name) })
		},
	}
}

// TestAnsweredOnce: of 20 answers at once one counts, and all are that one.
func TestAnsweredOnce(t *testing.T) {
	r := newReplica(t)
	other := replicaOn(t, r.dsn)
	ada, app := r.user("ada@example.com"), r.application()
	s := r.signIn(ada.ID)
	for range 10 {
		request := r.request(app, flow, time.Minute)
		codes := make([]string, 20)
		together(20, func(i int) {
			on := []*replica{r, other}[i%2]
			answered, err := on.OAuth.Answer(t.Context(), answerOf(request, s, "email", "openid"))
			if err != nil {
				t.Error(err)
				return
			}
			codes[i] = answered.Code.ID
		})
		slices.Sort(codes)
		if n := value[int](r, `SELECT count(*) FROM authorization_codes`); len(slices.Compact(codes)) != 1 || n != 1 {
			t.Fatalf("%d answers, %d codes", len(slices.Compact(codes)), n)
		}
		r.exec(`DELETE FROM authorization_codes`)
	}
	grant, err := r.OAuth.Grant(t.Context(), ada.ID, app.ID)
	if err != nil || !slices.Equal(grant.Scopes, []string{"email", "openid"}) || !slices.Equal(grant.Coordinates, []string{"Query.me"}) {
		t.Errorf("%+v, %v", grant, err)
	}
}

// TestAnswerIsRepeated until the code has been used.
func TestAnswerIsRepeated(t *testing.T) {
	r := newReplica(t)
	ada, app := r.user("ada@example.com"), r.application()
	s, request := r.signIn(ada.ID), r.request(app, flow, time.Minute)
	first := answerOf(request, s, "email")
	if _, err := r.OAuth.Answer(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	again := func() *authorization.Answered {
		got, err := r.OAuth.Request(t.Context(), request.ID)
		if err != nil || got.Answered == nil {
			t.Fatalf("%+v, %v", got, err)
		}
		return got.Answered
	}
	if a := again(); a.Used || a.Old || a.Code.ID != first.Code.ID || string(a.Code.Seed) != string(first.Code.Seed) {
		t.Errorf("%+v", a)
	}
	r.exec(`UPDATE authorization_codes SET used_at = now()`)
	if a := again(); !a.Used {
		t.Error("the code has not been used")
	}
	r.exec(`DELETE FROM authorization_codes`)
	if a := again(); !a.Used {
		t.Error("the code is still there")
	}
	r.exec(`UPDATE authorization_requests SET answered_at = now() - interval '61 seconds'`)
	if a := again(); !a.Old {
		t.Error("the answer is not old")
	}
	refused := r.request(app, flow, time.Minute)
	if a, err := r.OAuth.Answer(t.Context(), &authorization.Answer{RequestID: refused.ID, ClientID: app.ID}); err != nil || a.Code != nil {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := r.OAuth.Answer(t.Context(), answerOf(refused, s, "email")); err != nil || a.Code != nil {
		t.Errorf("allowed after it was refused: %+v, %v", a, err)
	}
}

// TestNotAnswered: who is not signed in any more, or whose client has gone, gets no code.
func TestNotAnswered(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(r *replica, a *authorization.Answer)
		want  error
	}{
		{"the session has ended", func(r *replica, a *authorization.Answer) {
			r.exec(`UPDATE sessions SET ended_at = now(), end_reason = 'revoked' WHERE id = $1`, a.Code.Parent)
		}, auth.ErrSessionEnded},
		{"the account is disabled", func(r *replica, a *authorization.Answer) {
			r.exec(`UPDATE users SET disabled = true WHERE id = $1`, a.Code.UserID)
		}, auth.ErrSessionEnded},
		{"the account is gone", func(r *replica, a *authorization.Answer) {
			r.exec(`DELETE FROM users WHERE id = $1`, a.Code.UserID)
		}, auth.ErrNotFound},
		{"another account's session", func(r *replica, a *authorization.Answer) {
			a.Code.UserID = r.user("bob@example.com").ID
		}, auth.ErrSessionEnded},
		{"the client is disabled", func(r *replica, a *authorization.Answer) {
			r.exec(`UPDATE clients SET disabled = true WHERE id = $1`, a.ClientID)
		}, auth.ErrNotFound},
		{"the client is gone", func(r *replica, a *authorization.Answer) {
			r.exec(`DELETE FROM clients WHERE id = $1`, a.ClientID)
		}, auth.ErrNotFound},
		{"the request has expired", func(r *replica, _ *authorization.Answer) {
			r.exec(`UPDATE authorization_requests SET expires_at = now() - interval '1 second'`)
		}, auth.ErrNotFound},
		{"what was allowed was taken back", func(_ *replica, a *authorization.Answer) { a.Grant = nil }, auth.ErrNotFound},
		{"nothing", func(*replica, *authorization.Answer) {}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newReplica(t)
			a := answerOf(r.request(r.application(), flow, time.Minute), r.signIn(r.user("ada@example.com").ID), "email")
			tt.spoil(r, a)
			if _, err := r.OAuth.Answer(t.Context(), a); !errors.Is(err, tt.want) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
			want := 0
			if tt.want == nil {
				want = 1
			}
			if n := value[int](r, `SELECT (SELECT count(*) FROM authorization_codes) + (SELECT count(*) FROM grants)`); n != 2*want {
				t.Errorf("%d rows were written", n)
			}
		})
	}
}

// TestScopesTakenBack: sessions that have a scope which is not allowed any more end.
func TestScopesTakenBack(t *testing.T) {
	r := newReplica(t)
	ada, app, other := r.user("ada@example.com"), r.application(), r.application()
	s := r.signIn(ada.ID)
	if _, err := r.OAuth.Answer(t.Context(), answerOf(r.request(app, flow, time.Minute), s, "email", "openid")); err != nil {
		t.Fatal(err)
	}
	with, without, others := r.opened(app, s, "email", "openid"), r.opened(app, s, "openid"), r.opened(other, s, "email")
	r.changes()
	if _, err := r.OAuth.Answer(t.Context(), answerOf(r.request(app, flow, time.Minute), s, "openid")); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{with: "revoked", without: "", others: "", s.ID: ""} {
		if _, reason := r.row(id); reason != want {
			t.Errorf("%s ended as %q, want %q", id, reason, want)
		}
	}
	if got := r.changes(); len(got) != 1 || got[0].Session != with {
		t.Errorf("heard %+v", got)
	}
}
