package inprocess_test

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/token"
	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// announced is how long keys are published before they sign.
const announced = 2 * time.Second

// A keySet is the answer to a request for the public keys.
type keySet struct {
	status int
	header http.Header
	keys   []string // their ids
}

// published requests the public keys, as a client that has those of an ETag, "" for
// none.
func published(t testing.TB, s *harness.Service, etag string) keySet {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/.well-known/jwks.json", nil)
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
	text := body(t, response.Body)
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

var keyID = regexp.MustCompile(`the key (\S+?); it`)

// namedKey is the id of the key that a command has made or imported.
func namedKey(t testing.TB, output string) string {
	t.Helper()
	found := keyID.FindStringSubmatch(output)
	if len(found) != 2 {
		t.Fatalf("the output names no key: %s", output)
	}
	return found[1]
}

// awaitRefused waits until the replicas answer a token with 401, and logs how long
// that takes.
func awaitRefused(t *testing.T, what, access string, replicas ...*harness.Service) {
	t.Helper()
	since := time.Now()
	for i, s := range replicas {
		harness.Eventually(t, what, func() bool { return s.Ask(t, access, viewerOperation, nil).Status == http.StatusUnauthorized })
		t.Logf("%s: replica %d after %v", what, i, time.Since(since))
		s.Ask(t, access, viewerOperation, nil).WantReason(t, "UNAUTHENTICATED", "token_invalid")
	}
}

// wantPublished fails unless the public keys are these, may be cached for at most
// half the time for which a new key is announced, and are not sent again to a
// client that has them.
func wantPublished(t *testing.T, s *harness.Service, etag string, keys ...string) {
	t.Helper()
	set, same := published(t, s, ""), published(t, s, etag)
	if !slices.Equal(set.keys, keys) || set.header.Get("ETag") != etag || same.status != http.StatusNotModified || same.header.Get("ETag") != etag {
		t.Errorf("it publishes %+v, then %+v; want %q", set, same, keys)
	}
	caching := regexp.MustCompile(`^public, max-age=(\d+)$`).FindStringSubmatch(set.header.Get("Cache-Control"))
	if len(caching) != 2 {
		t.Fatalf("Cache-Control = %q", set.header.Get("Cache-Control"))
	}
	if age, err := strconv.Atoi(caching[1]); err != nil || time.Duration(age)*time.Second > announced/2 {
		t.Errorf("the keys may be cached for %s s, and a new one is announced for %v", caching[1], announced)
	}
}

// TestKeyRotation rotates the key while two replicas run. They publish the new key
// before it signs, and every token stays good.
func TestKeyRotation(t *testing.T) {
	dsn := storetest.DSN(t)
	setting := "JWT_KEY_ANNOUNCE=" + announced.String()
	replicas := []*harness.Service{harness.StartOn(t, dsn, setting), harness.StartOn(t, dsn, setting)}
	a, b := replicas[0], replicas[1]
	ada := a.Register(t, harness.AdaEmail, harness.AdaPassword)
	old := kidOf(t, ada.Access)
	etag := published(t, a, "").header.Get("ETag")
	for _, s := range replicas {
		wantPublished(t, s, etag, old)
	}

	begun := time.Now()
	output := run(t, statusDone, dsn, []string{setting}, "key", "rotate")
	if !strings.Contains(output, "; it is published now, and signs in 2s\n") {
		t.Errorf("output: %s", output)
	}
	next := namedKey(t, output)
	tokens, early := map[string]bool{ada.Access: true}, 0
	for switched := map[*harness.Service]bool{}; len(switched) < 2; {
		for _, s := range replicas {
			sets := [][]string{published(t, a, "").keys, published(t, b, "").keys}
			ada = s.Refresh(t, ada.Refresh)
			tokens[ada.Access] = true
			switch kid := kidOf(t, ada.Access); {
			case kid == next:
				switched[s] = true
				if after := time.Since(begun); after < announced {
					t.Fatalf("%s signs after %v", next, after)
				}
				for i, keys := range sets {
					if !slices.Contains(keys, next) {
						t.Fatalf("replica %d publishes %q, but %s signs", i, keys, next)
					}
				}
			case kid != old || switched[s]:
				t.Fatalf("%s signs, which is neither key or the old one again", kid)
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
		changed := published(t, s, etag)
		if changed.status != http.StatusOK || changed.header.Get("ETag") == etag || !slices.Equal(changed.keys, []string{old, next}) {
			t.Errorf("replica %d: %+v, want %q", i, changed, []string{old, next})
		}
		for access := range maps.Keys(tokens) {
			if r := s.Ask(t, access, viewerOperation, nil); r.Code() != "" {
				t.Fatalf("replica %d, a token of %s: %s", i, kidOf(t, access), r.Body)
			}
		}
	}
	list := run(t, statusDone, dsn, []string{setting}, "key", "list")
	if !strings.Contains(list, old+"  ES256      verifying") || !strings.Contains(list, next+"  ES256      signing") {
		t.Errorf("key list: %s", list)
	}
}

// TestKeyRetired retires a key that signed, then the one that signs. Its tokens are
// refused at once, and sessions stay good.
func TestKeyRetired(t *testing.T) {
	dsn := storetest.DSN(t)
	a, b := harness.StartOn(t, dsn), harness.StartOn(t, dsn)
	ada := a.Register(t, harness.AdaEmail, harness.AdaPassword)
	first := ada
	second := namedKey(t, run(t, statusDone, dsn, nil, "key", "rotate", "--now"))
	harness.Eventually(t, "the second key signs", func() bool { ada = b.Refresh(t, ada.Refresh); return kidOf(t, ada.Access) == second })
	for _, s := range []*harness.Service{a, b} {
		s.WantAlive(t, "a token of the first key", first)
	}
	output := run(t, statusDone, dsn, nil, "key", "retire", kidOf(t, first.Access))
	if !strings.Contains(output, "retired the key "+kidOf(t, first.Access)+"\n") {
		t.Errorf("output: %s", output)
	}
	awaitRefused(t, "a retired key", first.Access, a, b)
	for _, s := range []*harness.Service{a, b} {
		s.WantAlive(t, "a token of the second key", ada)
		ada = s.Refresh(t, ada.Refresh)
		s.WantAlive(t, "the session", ada)
		if got := published(t, s, "").keys; !slices.Equal(got, []string{second}) {
			t.Errorf("it publishes %q", got)
		}
	}

	output = run(t, statusDone, dsn, nil, "key", "retire", second)
	found := regexp.MustCompile(`retired the key ` + second + `; the key (\S+) signs from now on\n`).FindStringSubmatch(output)
	if found == nil {
		t.Fatalf("output: %s", output)
	}
	third := found[1]
	awaitRefused(t, "the last signing key", ada.Access, a, b)
	for _, s := range []*harness.Service{a, b} {
		ada = s.Refresh(t, ada.Refresh)
		if kid := kidOf(t, ada.Access); kid != third {
			t.Errorf("%s signs, want %s", kid, third)
		}
		a.WantAlive(t, "the session", ada)
		b.WantAlive(t, "the session", ada)
		if got := published(t, s, "").keys; !slices.Equal(got, []string{third}) {
			t.Errorf("it publishes %q", got)
		}
	}
}
