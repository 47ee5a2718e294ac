package apikey

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/revocation"
)

// A key acts for its owner, with its scopes as far as the owner has them now.
func TestRightsOfKey(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		name      string
		owner     string
		scopes    []string
		roles     []string
		want      string
		delegated bool
	}{
		{"no scopes", ada, nil, []string{"support"}, "", true},
		{"a scope of the owner", ada, []string{"read:users"}, []string{"support"}, "read:users", true},
		{"more than the owner has", ada, []string{"read:users", "write:users"}, []string{"support"}, "read:users", true},
		{"the owner has nothing", ada, []string{"read:users", "write:users"}, nil, "", true},
		{"the owner is an administrator", ada, []string{"write:users"}, []string{"admin"}, "write:users", true},
		{"one's own", ada, []string{"profile", "read:users"}, nil, "profile", true},
		{"a service", bot, []string{"read:users"}, []string{"support"}, "read:users", false},
		{"a service that is an administrator", bot, []string{"read:users"}, []string{"admin"}, "read:users", false},
	}
	for _, tt := range tests {
		text, held := f.key(tt.owner, tt.scopes...)
		held.Roles = tt.roles
		for range 2 { // from the database, and from memory
			p, err := f.caller(t, text)
			if err != nil || p.ID != tt.owner || strings.Join(p.Scopes, " ") != tt.want || len(p.Roles) != 0 || p.SessionID != nil ||
				p.KeyID != held.ID || p.Delegated != tt.delegated || !p.Subject(time.Time{}).Key || p.Scopes == nil ||
				p.Factors != 0 || len(p.AMR) != 0 || p.AuthenticatedAt() != nil {
				t.Errorf("%s: %+v, %v", tt.name, p, err)
			}
		}
	}
	if f.database.reads != len(tests) {
		t.Errorf("%d reads; want one of each key", f.database.reads)
	}
}

// Every fault is the same error, and a key that never works again is read once.
func TestBadKeys(t *testing.T) {
	f := newFixture(t)
	good, _ := f.key(ada)
	ended, held := f.key(ada)
	held.Ended = true
	expired, held := f.key(ada)
	held.ExpiresAt = &f.clock.at
	forged, held := f.key(ada)
	held.Digest = digest([]byte("another secret"))
	unknown, _ := newText()
	for name, text := range map[string]string{
		"ended": ended, "expired": expired, "another secret": forged, "unknown": unknown, "empty": "", "cut": good[:40],
		"extended": good + "a", "other case": strings.ToUpper(good), "prefix alone": "gh_", "a token": "eyJhbGciOiJFZERTQSJ9.e30.x",
	} {
		for range 3 {
			p, err := f.caller(t, text)
			if p != nil || !errors.Is(err, auth.ErrKeyInvalid) || len(text) > 3 && strings.Contains(err.Error(), text) {
				t.Errorf("%s: %+v, %v", name, p, err)
			}
		}
	}
	if f.database.reads != 1+1+3+3 {
		t.Errorf("%d reads; want 1 of each that ended and 3 of the others", f.database.reads)
	}
	if p, err := f.caller(t, good); p == nil || err != nil {
		t.Errorf("%+v, %v", p, err)
	}
	f.database.away = auth.ErrUnavailable
	other, _ := f.key(ada)
	if p, err := f.caller(t, other); p != nil || !errors.Is(err, auth.ErrUnavailable) || errors.Is(err, auth.ErrKeyInvalid) {
		t.Errorf("without a database: %+v, %v", p, err)
	}
	if p, err := f.caller(t, good); p == nil || err != nil {
		t.Errorf("from memory: %+v, %v", p, err)
	}
}

// What ends a token ends a key that is in memory.
func TestKeyInMemoryEnds(t *testing.T) {
	tests := []struct {
		name   string
		change func(f *fixture, held *Held)
		scopes string // "refused": none
		reads  int    // besides the first
	}{
		{"nothing happens", func(*fixture, *Held) {}, "read:users", 0},
		{"revoked", func(f *fixture, held *Held) {
			held.Ended = true
			f.revocations.Apply(revocation.Change{Seq: 1, At: now, Session: held.ID})
		}, "refused", 1},
		{"another key is revoked", func(f *fixture, _ *Held) {
			f.revocations.Apply(revocation.Change{Seq: 1, At: now, Session: ada})
		}, "read:users", 0},
		{"role taken", func(f *fixture, _ *Held) {
			f.revocations.Apply(revocation.Change{Seq: 1, At: now, User: ada, Roles: []string{}})
		}, "", 0},
		{"role grants nothing", func(f *fixture, _ *Held) {
			f.revocations.Apply(revocation.Change{Seq: 1, At: now, Role: "support", Scopes: []string{}})
		}, "", 0},
		{"role grants more", func(f *fixture, _ *Held) {
			f.revocations.Apply(revocation.Change{Seq: 1, At: now, Role: "support", Scopes: []string{"read:users", "write:users"}})
		}, "read:users", 0},
		{"read again", func(f *fixture, _ *Held) { f.clock.at = f.clock.at.Add(15 * time.Minute) }, "read:users", 1},
		{"rotated, for an hour", func(f *fixture, held *Held) {
			end := f.clock.at.Add(time.Hour)
			held.Generation, held.ExpiresAt = 1, &end
			f.revocations.Apply(revocation.Change{Seq: 1, At: now, Session: held.ID, Generation: 1})
		}, "read:users", 1},
		{"rotated, for a second that passes", func(f *fixture, held *Held) {
			end := f.clock.at.Add(time.Second)
			held.Generation, held.ExpiresAt = 1, &end
			f.revocations.Apply(revocation.Change{Seq: 1, At: now, Session: held.ID, Generation: 1})
			f.clock.at = end
		}, "refused", 1},
	}
	for _, deaf := range []bool{false, true} {
		for _, tt := range tests {
			f := newFixture(t)
			f.inSync = !deaf
			text, held := f.key(ada, "read:users")
			if _, err := f.caller(t, text); err != nil {
				t.Fatal(err)
			}
			reads, states := f.database.reads, f.database.states
			tt.change(f, held)
			if deaf && strings.HasPrefix(tt.name, "role") {
				continue // see TestDeafReplica
			}
			for range 3 {
				p, err := f.caller(t, text)
				switch {
				case tt.scopes == "refused" && !errors.Is(err, auth.ErrKeyInvalid), tt.scopes != "refused" && err != nil:
					t.Errorf("%s, deaf: %t: %v", tt.name, deaf, err)
				case err == nil && strings.Join(p.Scopes, " ") != tt.scopes:
					t.Errorf("%s, deaf: %t: scopes %q", tt.name, deaf, p.Scopes)
				}
			}
			if got := f.database.reads - reads; got != tt.reads {
				t.Errorf("%s, deaf: %t: %d reads, want %d", tt.name, deaf, got, tt.reads)
			}
			if asked := f.database.states > states; asked != deaf {
				t.Errorf("%s, deaf: %t: asked for the state: %t", tt.name, deaf, asked)
			}
		}
	}
}

// A replica that hears of no changes asks the database for each request.
func TestDeafReplica(t *testing.T) {
	f := newFixture(t)
	text, held := f.key(ada, "read:users")
	f.inSync = false
	for _, tt := range []struct {
		roles []string
		want  []string
	}{{[]string{"support"}, []string{"read:users"}}, {nil, []string{}}} {
		held.Roles = tt.roles
		p, err := f.caller(t, text)
		if err != nil || !slices.Equal(p.Scopes, tt.want) {
			t.Errorf("roles %v: %+v, %v", tt.roles, p, err)
		}
	}
	f.database.away = auth.ErrUnavailable
	if p, err := f.caller(t, text); p != nil || !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("without a database: %+v, %v", p, err)
	}
}

// Unknown keys from one place are slowed down, and hold up neither other places nor keys
// that are in memory.
func TestManyUnknownKeys(t *testing.T) {
	f := newFixture(t)
	good, _ := f.key(ada)
	if _, err := f.caller(t, good); err != nil {
		t.Fatal(err)
	}
	limit := (*auth.LimitError)(nil)
	tries := 0
	for ; tries < 100; tries++ {
		text, _ := newText()
		if _, err := f.caller(t, text); errors.As(err, &limit) {
			break
		} else if !errors.Is(err, auth.ErrKeyInvalid) {
			t.Fatal(err)
		}
	}
	if tries != strangeKeys || limit.After <= 0 || limit.After > strangeEvery {
		t.Errorf("%d were looked up; the next after %v", tries, limit)
	}
	if f.database.reads != 1+strangeKeys {
		t.Errorf("%d reads", f.database.reads)
	}
	fresh, _ := f.key(ada)
	if _, err := f.caller(t, fresh); !errors.As(err, &limit) {
		t.Errorf("a key that was not read yet: %v", err)
	}
	if _, err := f.caller(t, good); err != nil {
		t.Errorf("a key in memory: %v", err)
	}
	if _, err := f.Authenticate(client.With(t.Context(), client.Client{IP: "192.0.2.8"}), fresh); err != nil {
		t.Errorf("from another place: %v", err)
	}
	f.clock.at = f.clock.at.Add(limit.After)
	other, _ := f.key(ada)
	if _, err := f.caller(t, other); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

// Many uses become one entry per key, the last, and are kept while they can't be written.
func TestUses(t *testing.T) {
	f := newFixture(t)
	texts := map[string]string{}
	for range 3 {
		text, held := f.key(ada)
		texts[held.ID] = text
	}
	f.database.away = auth.ErrUnavailable
	if err := f.Flush(t.Context()); err != nil {
		t.Fatal("nothing was used, and something was written:", err)
	}
	f.database.away = nil
	for range 5 {
		f.clock.at = f.clock.at.Add(time.Second)
		for _, text := range texts {
			if _, err := f.caller(t, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	f.database.away = auth.ErrUnavailable
	if err := f.Flush(t.Context()); !errors.Is(err, auth.ErrUnavailable) {
		t.Error(err)
	}
	f.database.away, f.database.used = nil, nil
	if err := errors.Join(f.Flush(t.Context()), f.Flush(t.Context())); err != nil {
		t.Fatal(err)
	}
	if len(f.database.used) != len(texts) || !slices.IsSortedFunc(f.database.used, func(a, b Use) int { return strings.Compare(a.ID, b.ID) }) {
		t.Errorf("%+v", f.database.used)
	}
	for _, u := range f.database.used {
		if texts[u.ID] == "" || !u.At.Equal(f.clock.at) || u.IP != "192.0.2.7" {
			t.Errorf("%+v", u)
		}
	}
}

// Keys are presented, end and are noted at once.
func TestKeysAtOnce(t *testing.T) {
	f := newFixture(t)
	good, _ := f.key(ada, "read:users")
	ending, held := f.key(ada)
	unknown, _ := newText()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 200 {
				_, fault := f.caller(t, good)
				_, ended := f.caller(t, ending)
				_, refused := f.Authenticate(client.With(t.Context(), client.Client{IP: "192.0.2.9"}), unknown)
				if fault != nil || ended != nil && !errors.Is(ended, auth.ErrKeyInvalid) || refused == nil {
					t.Errorf("%v, %v, %v", fault, ended, refused)
				}
				if i == 0 {
					f.revocations.Apply(revocation.Change{Seq: 1, At: now, Session: held.ID})
					_ = f.Flush(t.Context())
				}
			}
		})
	}
	all.Wait()
}

// No more keys are kept than fit, whatever is presented.
func TestMemoryIsBounded(t *testing.T) {
	f := newFixture(t)
	for range cachedKeys + 10 {
		text, _ := f.key(ada)
		if _, err := f.caller(t, text); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.cache.Len(); n != cachedKeys {
		t.Errorf("%d keys are kept", n)
	}
}
