package main

import (
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"gatehouse/auth/token"
	"gatehouse/store/storetest"
)

// announced is for how long the keys of these tests are published before they sign.
const announced = 2 * time.Second

// A keySet is an answer to whoever asks for the public keys.
type keySet struct {
	status int
	header http.Header
	keys   []string // their ids
}

// published asks for the public keys, as one who has those of an ETag, "" for none.
func (s *service) published(t testing.TB, etag string) keySet {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/.well-known/jwks.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	if etag != "" {
		request.Header.Set("If-None-Match", etag)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	set := keySet{status: response.StatusCode, header: response.Header}
	if response.StatusCode != http.StatusOK {
		return set
	}
	keys, err := token.ParseJWKS(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		set.keys = append(set.keys, key.ID)
	}
	return set
}

// renew refreshes a session.
func (s *service) renew(t testing.TB, l login) login {
	t.Helper()
	return session1(t, "refresh", s.ask(t, "", refreshOperation, vars{"token": l.refresh}))
}

var keyID = regexp.MustCompile(`the key (\S+?); it`)

// madeKey is the id of the key that a command made or took.
func (o outcome) madeKey(t testing.TB) string {
	t.Helper()
	found := keyID.FindStringSubmatch(o.stdout)
	if len(found) != 2 {
		t.Fatalf("it names no key: %s%s", o.stdout, o.stderr)
	}
	return found[1]
}

// distrusted waits until the replicas answer 401 to a token, and says how long that took.
func distrusted(t *testing.T, what, access string, replicas ...*service) {
	t.Helper()
	since := time.Now()
	for i, s := range replicas {
		eventually(t, what, func() bool { return s.ask(t, access, viewerOperation, nil).status == http.StatusUnauthorized })
		t.Logf("%s: replica %d after %v", what, i, time.Since(since))
		wantReason(t, s.ask(t, access, viewerOperation, nil), "UNAUTHENTICATED", "token_invalid")
	}
}

// publishes fails unless the public keys are these, not to be kept for longer than half of the time for which a new one is announced, and not
// sent again to whoever has those of the ETag.
func (s *service) publishes(t *testing.T, etag string, keys ...string) {
	t.Helper()
	set, same := s.published(t, ""), s.published(t, etag)
	if !slices.Equal(set.keys, keys) || set.header.Get("ETag") != etag || same.status != http.StatusNotModified || same.header.Get("ETag") != etag {
		t.Errorf("it publishes %+v, and then %+v; want %q", set, same, keys)
	}
	caching := regexp.MustCompile(`^public, max-age=(\d+)$`).FindStringSubmatch(set.header.Get("Cache-Control"))
	if len(caching) != 2 {
		t.Fatalf("Cache-Control = %q", set.header.Get("Cache-Control"))
	}
	if age, err := strconv.Atoi(caching[1]); err != nil || time.Duration(age)*time.Second > announced/2 {
		t.Errorf("the keys may be kept for %s s, though a new one is announced for %v", caching[1], announced)
	}
}

// TestKeyRotation lets one key follow another while two replicas run. Everybody has the new one before it signs, and nobody notices.
func TestKeyRotation(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	setting := "JWT_KEY_ANNOUNCE=" + announced.String()
	replicas := []*service{startOn(t, dsn, setting), startOn(t, dsn, setting)}
	a, b := replicas[0], replicas[1]
	c := consoleOn(t, dsn, setting)
	ada := a.register(t, adaEmail, adaPassword)
	old := kidOf(t, ada.access)
	etag := a.published(t, "").header.Get("ETag")
	for _, s := range replicas {
		s.publishes(t, etag, old)
	}

	begun := time.Now()
	made := c.run(t, "", "key", "rotate")
	made.ends(t, exitDone, "; it is published now, and signs in 2s\n")
	next := made.madeKey(t)
	tokens, early := map[string]bool{ada.access: true}, 0
	for switched := map[*service]bool{}; len(switched) < 2; {
		for _, s := range replicas {
			sets := [][]string{a.published(t, "").keys, b.published(t, "").keys}
			ada = s.renew(t, ada)
			tokens[ada.access] = true
			switch kid := kidOf(t, ada.access); {
			case kid == next:
				switched[s] = true
				if after := time.Since(begun); after < announced {
					t.Fatalf("%s signs after %v already", next, after)
				}
				for i, keys := range sets {
					if !slices.Contains(keys, next) {
						t.Fatalf("replica %d publishes %q, and %s signs already", i, keys, next)
					}
				}
			case kid != old || switched[s]:
				t.Fatalf("%s signs, neither the old key nor the new one, or again", kid)
			default:
				early++
			}
		}
		if len(tokens) > 5000 {
			t.Fatal("the new key never signs")
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Logf("%d tokens, %d of the old key", len(tokens), early)
	for i, s := range replicas {
		changed := s.published(t, etag)
		if changed.status != http.StatusOK || changed.header.Get("ETag") == etag || !slices.Equal(changed.keys, []string{old, next}) {
			t.Errorf("replica %d: %+v, want %q", i, changed, []string{old, next})
		}
		for access := range maps.Keys(tokens) {
			if r := s.ask(t, access, viewerOperation, nil); r.code() != "" {
				t.Fatalf("replica %d, a token of %s: %s", i, kidOf(t, access), r.body)
			}
		}
	}
	c.run(t, "", "key", "list").ends(t, exitDone, old+"  EdDSA      verifying", next+"  EdDSA      signing")
}

// TestKeyRetired stops trusting a key: one that signed, then the one that signs. Tokens stop at once, sessions go on.
func TestKeyRetired(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	a, b := startOn(t, dsn), startOn(t, dsn)
	c := consoleOn(t, dsn)
	ada := a.register(t, adaEmail, adaPassword)
	first := ada
	second := c.run(t, "", "key", "rotate", "--now").madeKey(t)
	eventually(t, "the second key signs", func() bool { ada = b.renew(t, ada); return kidOf(t, ada.access) == second })
	for _, s := range []*service{a, b} {
		s.goesOn(t, "a token of the first key", first)
	}
	c.run(t, "", "key", "retire", kidOf(t, first.access)).ends(t, exitDone, "retired the key "+kidOf(t, first.access)+"\n")
	distrusted(t, "a retired key", first.access, a, b)
	for _, s := range []*service{a, b} {
		s.goesOn(t, "a token of the second key", ada)
		ada = s.renew(t, ada)
		s.goesOn(t, "the session", ada)
		if got := s.published(t, "").keys; !slices.Equal(got, []string{second}) {
			t.Errorf("it publishes %q", got)
		}
	}

	o := c.run(t, "", "key", "retire", second)
	o.ends(t, exitDone, "retired the key "+second+"; the key ", " signs from now on\n")
	third := regexp.MustCompile(`; the key (\S+) signs`).FindStringSubmatch(o.stdout)[1]
	distrusted(t, "the key that signed", ada.access, a, b)
	for _, s := range []*service{a, b} {
		ada = s.renew(t, ada)
		if kid := kidOf(t, ada.access); kid != third {
			t.Errorf("%s signs, want %s", kid, third)
		}
		a.goesOn(t, "the session", ada)
		b.goesOn(t, "the session", ada)
		if got := s.published(t, "").keys; !slices.Equal(got, []string{third}) {
			t.Errorf("it publishes %q", got)
		}
	}
}
