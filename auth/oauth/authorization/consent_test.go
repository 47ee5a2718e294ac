package authorization

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// consent begins a request and returns what the page shows.
func (f *fixture) consent(changes ...string) *Consent {
	f.t.Helper()
	step, got := f.begin(asking(changes...))
	if got != "consent" {
		f.t.Fatalf("outcome = %s", got)
	}
	c, _, err := f.Consent(f.t.Context(), step.Request.ID, f.browser)
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

// described says what a page shows of each scope.
func described(c *Consent) string {
	var all []string
	for _, s := range c.Scopes {
		text := s.Name + "=" + s.Title
		if s.Service != "" {
			text += " at " + s.Service
		}
		if s.Kept {
			text += ", kept"
		}
		if s.New {
			text += ", new"
		}
		for _, field := range s.Fields {
			text += " " + field.Coordinate
			if field.New {
				text += "!"
			}
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// TestConsentInTheSchemasWords: the page has the titles of the schema and what they open.
func TestConsentInTheSchemasWords(t *testing.T) {
	f := newFixture(t)
	f.signIn("bob", time.Hour)
	c := f.consent("scope", "openid email read:users notes:read notes:all offline_access", "resource", notesURI)
	want := "openid=Know who you are, kept Query.me; email=See your email address Query.me User.email; " +
		"read:users=Read all accounts Query.user Query.users; notes:all=Read all notes at Notes; notes:read=Read your notes at Notes"
	if got := described(c); got != want {
		t.Errorf("the page shows %s\nwant %s", got, want)
	}
	if c.Host != "app.example.com" || c.Local || !c.Offline || c.Allowed != nil || !slices.Equal(c.Services, []string{"Notes"}) {
		t.Errorf("%+v", c)
	}
	if c := f.consent("client_id", "program", "redirect_uri", loopback); !c.Local || c.Host != "" {
		t.Errorf("a program on the computer leads to %q, %t", c.Host, c.Local)
	}
}

// TestConsentShowsWhatIsNew: a scope that opens more than when it was allowed is asked for
// again, and the page says what was added.
func TestConsentShowsWhatIsNew(t *testing.T) {
	f := newFixture(t)
	f.signIn("ada", time.Hour)
	f.allowed("ada", "app", "openid", "email")
	if _, got := f.begin(asking()); got != "code" {
		t.Fatal(got)
	}
	f.Scopes[0].Coordinates = append(f.Scopes[0].Coordinates, "User.phone")
	c := f.consent("scope", "openid email profile")
	want := "openid=Know who you are, kept Query.me; email=See your email address Query.me User.email User.phone!; profile=See your name, new Query.me"
	if got := described(c); got != want || c.Allowed == nil {
		t.Errorf("the page shows %s\nwant %s", got, want)
	}
	if _, got := f.begin(asking("prompt", "none")); got != "consent_required" {
		t.Errorf("quietly: %s", got)
	}
	if step, err := f.Allow(t.Context(), c.Request.ID, f.browser, c.Shown, []string{"email", "profile"}); outcome(step, err) != "code" {
		t.Fatal(err)
	}
	if _, got := f.begin(asking("prompt", "none")); got != "code" {
		t.Errorf("then %s", got)
	}
}

// TestAllow: what is left ticked is granted, and what was allowed before and not asked for
// stays.
func TestAllow(t *testing.T) {
	tests := []struct {
		name     string
		ticked   []string
		code     []string // its scopes; nil: the page is shown again
		grant    []string
		openid   string
		previous []string
	}{
		{"all", []string{"email", "profile", "offline_access"}, []string{"email", "offline_access", "openid", "profile"}, []string{"email", "offline_access", "openid", "profile"}, "openid ", nil},
		{"some", []string{"email"}, []string{"email", "openid"}, []string{"email", "openid"}, "openid ", nil},
		{"none but openid", nil, []string{"openid"}, []string{"openid"}, "openid ", nil},
		{"none", nil, nil, nil, "", nil},
		{"only to stay connected", []string{"offline_access"}, nil, nil, "", nil},
		{"more than was asked for", []string{"email", "read:users", "notes:read"}, []string{"email"}, []string{"email"}, "", nil},
		{"one less than before", []string{"email"}, []string{"email"}, []string{"email", "notes:read"}, "", []string{"email", "notes:read", "profile"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			f.signIn("ada", time.Hour)
			if tt.previous != nil {
				f.allowed("ada", "app", tt.previous...)
			}
			c := f.consent("scope", tt.openid+"email profile offline_access", "prompt", "consent")
			step, err := f.Allow(t.Context(), c.Request.ID, f.browser, c.Shown, tt.ticked)
			if tt.code == nil {
				if !errors.Is(err, ErrNothingAllowed) || len(f.store.codes)+len(f.store.grants) > 0 {
					t.Fatalf("outcome = %s", outcome(step, err))
				}
				return
			}
			if outcome(step, err) != "code" || !slices.Equal(f.store.codes[0].Scopes, tt.code) {
				t.Errorf("%s, the code has %v, want %v", outcome(step, err), f.store.codes, tt.code)
			}
			if got := f.store.grants["ada app"].Scopes; !slices.Equal(got, tt.grant) {
				t.Errorf("allowed are %v, want %v", got, tt.grant)
			}
		})
	}
}

// TestChangedSince: what is allowed is what was shown.
func TestChangedSince(t *testing.T) {
	changes := map[string]func(f *fixture){
		"the client's name":    func(f *fixture) { f.Clients.(fakeRegistry)["app"].Name = "Your bank" },
		"what a scope opens":   func(f *fixture) { f.Scopes[0].Coordinates = []string{"Query.me", "Query.users"} },
		"a title":              func(f *fixture) { f.Scopes[0].Title = "Read your mail" },
		"the person":           func(f *fixture) { f.signIn("bob", time.Hour) },
		"what was allowed":     func(f *fixture) { f.allowed("ada", "app", "profile") },
		"the person's address": func(f *fixture) { f.store.users["ada"].Email = "ada@example.org" },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.signIn("ada", time.Hour)
			c := f.consent()
			if step, err := f.Allow(t.Context(), c.Request.ID, f.browser, "", []string{"email"}); !errors.Is(err, ErrChanged) {
				t.Errorf("without what was shown: %s", outcome(step, err))
			}
			change(f)
			if step, err := f.Allow(t.Context(), c.Request.ID, f.browser, c.Shown, []string{"email"}); !errors.Is(err, ErrChanged) {
				t.Errorf("outcome = %s", outcome(step, err))
			}
			again, _, err := f.Consent(t.Context(), c.Request.ID, f.browser)
			if err != nil {
				t.Fatal(err)
			}
			if step, err := f.Allow(t.Context(), c.Request.ID, f.browser, again.Shown, []string{"email"}); outcome(step, err) != "code" {
				t.Errorf("after another look: %s", outcome(step, err))
			}
		})
	}
}

// TestTakenBack: a scope that is unticked is taken back, with the sessions that have it.
func TestTakenBack(t *testing.T) {
	f := newFixture(t)
	in := &SignedIn{UserID: "ada"}
	before := f.allowed("ada", "app", "email", "notes:read", "profile")
	a, err := f.ask(t.Context(), &Request{ClientID: "app", Scopes: []string{"email", "profile"}}, in)
	if err != nil {
		t.Fatal(err)
	}
	grant, removed := a.allow([]string{"email"})(before)
	if !slices.Equal(removed, []string{"profile"}) || !slices.Equal(grant.Scopes, []string{"email", "notes:read"}) {
		t.Errorf("removed %v, left %v", removed, grant.Scopes)
	}
	if _, removed := a.allow([]string{"email", "profile"})(before); len(removed) > 0 {
		t.Errorf("removed %v", removed)
	}
}

// TestScopesOutsideTheSchema: a scope of another service is asked for only with it, and, if
// it is not the person's own, only where a role grants it.
func TestScopesOutsideTheSchema(t *testing.T) {
	for _, tt := range []struct{ person, resource, want string }{
		{"ada", "", "openid=Know who you are, kept Query.me"},
		{"ada", notesURI, "openid=Know who you are, kept Query.me; notes:read=Read your notes at Notes"},
		{"bob", notesURI, "openid=Know who you are, kept Query.me; notes:all=Read all notes at Notes; notes:read=Read your notes at Notes"},
	} {
		f := newFixture(t)
		f.signIn(tt.person, time.Hour)
		if got := described(f.consent("scope", "openid notes:read notes:all", "resource", tt.resource)); got != tt.want {
			t.Errorf("%s at %q: %s", tt.person, tt.resource, got)
		}
	}
}
