package token

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

const testSession = "0199f0a2-0000-7000-8000-000000000002"

var testSeed = []byte("0123456789abcdef")

func issue(t testing.TB, s Secrets, counter int64) string {
	t.Helper()
	text, err := s.IssueRefresh(testSession, counter, testSeed)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRefreshRoundTrip(t *testing.T) {
	s := testSecrets(t)
	for _, counter := range []int64{0, 1, 1 << 40, math.MaxInt64} {
		text := issue(t, s, counter)
		r, err := s.ParseRefresh(text)
		if err != nil {
			t.Fatalf("counter %d: %v", counter, err)
		}
		if r.SessionID != testSession || r.Counter != counter {
			t.Errorf("read %s at %d, want %s at %d", r.SessionID, r.Counter, testSession, counter)
		}
		if !bytes.Equal(Proof(r.ProofKey(), testSeed), r.Proof()) {
			t.Errorf("counter %d: the proof is not that of the seed", counter)
		}
		if text != issue(t, s, counter) {
			t.Errorf("counter %d: a second issue has other bytes", counter)
		}
	}
}

// TestRefreshFormat pins the bytes: clients keep a token for weeks, over many
// releases.
func TestRefreshFormat(t *testing.T) {
	const want = "AcMHGxgBmfCiAABwAIAAAAAAAAACAAAAAAAAAAdW9jg6_EvC64cYX3CigEQWa7Rfjao1LbwRrhP52v6uXw"
	if got := issue(t, testSecrets(t), 7); got != want {
		t.Errorf("token = %s, want %s", got, want)
	}
}

func TestRefreshRefused(t *testing.T) {
	s := testSecrets(t)
	good := issue(t, s, 7)
	// 61 bytes leave four unused bits in the last character.
	last := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", good[81])
	twin := good[:81] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last^1])

	tests := []struct{ name, text string }{
		{"empty", ""},
		{"truncated", good[:81]},
		{"truncated by a byte", good[:80]},
		{"extended", good + "A"},
		{"padded", good + "=="},
		{"line break", good + "\n"},
		{"line break for a character", good[:81] + "\n"},
		{"line break for a byte of the proof", good[:80] + "\r\n"},
		{"line breaks inside", good[:40] + "\r\n" + good[42:]},
		{"space", " " + good[1:]},
		{"other alphabet", "+" + good[1:]},
		{"unused bits", twin},
		{"an access token", mustSign(t, testKeys()[HS256], testClaims())},
		{"version 2", flip(t, good, 0, 3)},
		{"version 2 with a good tag", tagged(s, 2, 7)},
		{"negative counter", tagged(s, RefreshVersion, 1<<63)},
	}
	for _, text := range []string{good, tagged(s, RefreshVersion, 7)} {
		if _, err := s.ParseRefresh(text); err != nil {
			t.Fatalf("the original: %v", err)
		}
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := s.ParseRefresh(tt.text); !errors.Is(err, ErrInvalid) {
				t.Errorf("error = %v, want ErrInvalid", err)
			}
		})
	}
}

// tagged returns a token with a good tag, which takes the secret, and an empty
// proof.
func tagged(s Secrets, version byte, counter uint64) string {
	keys := s.Current.keys()
	raw := append([]byte{version}, keys.id[:]...)
	raw = append(raw, bytes.Repeat([]byte{7}, 16)...)
	raw = binary.BigEndian.AppendUint64(raw, counter)
	raw = append(raw, mac(keys.refresh(version).tag, raw)[:16]...)
	return base64.RawURLEncoding.EncodeToString(append(raw, make([]byte, 16)...))
}

func flip(t testing.TB, text string, i int, mask byte) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	raw[i] ^= mask
	return base64.RawURLEncoding.EncodeToString(raw)
}

// TestRefreshEachBit changes each bit: the tag shows a change before the proof,
// the proof shows a change in itself.
func TestRefreshEachBit(t *testing.T) {
	s := testSecrets(t)
	good := issue(t, s, 7)
	for i := range refreshSize {
		for bit := range 8 {
			r, err := s.ParseRefresh(flip(t, good, i, 1<<bit))
			if i < refreshSize-proofSize {
				if !errors.Is(err, ErrInvalid) {
					t.Errorf("byte %d bit %d: error = %v, want ErrInvalid", i, bit, err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("byte %d bit %d: %v", i, bit, err)
			}
			if bytes.Equal(Proof(r.ProofKey(), testSeed), r.Proof()) {
				t.Errorf("byte %d bit %d: the proof still holds", i, bit)
			}
		}
	}
}

func TestRefreshSecrets(t *testing.T) {
	old, current := mustSecret(t, secretText), mustSecret(t, otherSecretText)
	text := issue(t, Secrets{Current: old}, 7)
	tests := []struct {
		name    string
		secrets Secrets
		want    error
	}{
		{"other secret", Secrets{Current: current}, ErrInvalid},
		{"other secret, known as such", Secrets{Current: current}, ErrOtherSecret},
		{"no secret", Secrets{}, ErrInvalid},
		{"previous without a current", Secrets{Current: current, Previous: &Secret{}}, ErrInvalid},
		{"previous secret", Secrets{Current: current, Previous: &old}, nil},
		{"not yet current", Secrets{Current: old, Previous: &current}, nil},
		{"same secret", Secrets{Current: old}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := tt.secrets.ParseRefresh(text)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error = %v, want %v", err, tt.want)
			}
			if err == nil && !bytes.Equal(Proof(r.ProofKey(), testSeed), r.Proof()) {
				t.Error("the proof doesn't hold")
			}
		})
	}
}

// TestRefreshSuccessor: after a change of the secret a successor is made with
// the new secret, and both tokens of one counter are accepted.
func TestRefreshSuccessor(t *testing.T) {
	old := mustSecret(t, secretText)
	before := Secrets{Current: old}
	after := Secrets{Current: mustSecret(t, otherSecretText), Previous: &old}
	first, second := issue(t, before, 8), issue(t, after, 8)
	if first == second {
		t.Error("the successor under another secret has the same bytes")
	}
	for _, text := range []string{first, second} {
		r, err := after.ParseRefresh(text)
		if err != nil || r.Counter != 8 || !bytes.Equal(Proof(r.ProofKey(), testSeed), r.Proof()) {
			t.Errorf("successor: %v, %v", r, err)
		}
	}
}

// TestRefreshProofs: the proof depends on the counter, the session, the seed and the secret.
func TestRefreshProofs(t *testing.T) {
	s := testSecrets(t)
	other := Secrets{Current: mustSecret(t, otherSecretText)}
	proofOf := func(s Secrets, session string, counter int64, seed string) string {
		text, err := s.IssueRefresh(session, counter, []byte(seed))
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := base64.RawURLEncoding.DecodeString(text)
		return string(raw[refreshSize-proofSize:])
	}
	seen := map[string]string{}
	for name, proof := range map[string]string{
		"original": proofOf(s, testSession, 7, string(testSeed)),
		"counter":  proofOf(s, testSession, 8, string(testSeed)),
		"session":  proofOf(s, "0199f0a2-0000-7000-8000-000000000003", 7, string(testSeed)),
		"seed":     proofOf(s, testSession, 7, "0123456789abcdeg"),
		"secret":   proofOf(other, testSession, 7, string(testSeed)),
	} {
		if twin, ok := seen[proof]; ok {
			t.Errorf("%s and %s have the same proof", name, twin)
		}
		seen[proof] = name
	}
}

// TestRefreshProofInSQL computes substr(sha256($1 || seed), 1, 16) step by step,
// like PostgreSQL.
func TestRefreshProofInSQL(t *testing.T) {
	s := testSecrets(t)
	r, err := s.ParseRefresh(issue(t, s, 7))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.ProofKey()) != 32 || len(r.Proof()) != 16 {
		t.Fatalf("sizes = %d and %d, want 32 and 16", len(r.ProofKey()), len(r.Proof()))
	}
	sum := sha256.Sum256([]byte(string(r.ProofKey()) + string(testSeed)))
	if !bytes.Equal(sum[:16], r.Proof()) {
		t.Error("SQL and Go disagree")
	}
}

func TestIssueRefreshRefused(t *testing.T) {
	s := testSecrets(t)
	tests := []struct {
		name    string
		secrets Secrets
		session string
		counter int64
		seed    []byte
		ok      bool
	}{
		{"no secret", Secrets{}, testSession, 7, testSeed, false},
		{"no UUID", s, "session", 7, testSeed, false},
		{"upper case", s, strings.ToUpper(testSession), 7, testSeed, false},
		{"braces", s, "{" + testSession + "}", 7, testSeed, false},
		{"negative", s, testSession, -1, testSeed, false},
		{"no seed", s, testSession, 7, nil, false},
		{"short seed", s, testSession, 7, testSeed[:15], false},
		{"right", s, testSession, 7, testSeed, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := tt.secrets.IssueRefresh(tt.session, tt.counter, tt.seed); (err == nil) != tt.ok {
				t.Errorf("error = %v", err)
			}
		})
	}
}

// TestRefreshHidden: printing a parsed token never shows its proof.
func TestRefreshHidden(t *testing.T) {
	s := testSecrets(t)
	r, err := s.ParseRefresh(issue(t, s, 7))
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		for _, part := range [][]byte{r.Proof(), r.ProofKey()} {
			checkHidden(t, fmt.Sprintf(format, r), part)
			checkHidden(t, fmt.Sprintf(format, *r), part)
		}
	}
}

// FuzzParseRefresh: no text causes a panic, and an accepted token is the only
// spelling of its content.
func FuzzParseRefresh(f *testing.F) {
	s := testSecrets(f)
	f.Add(issue(f, s, 7))
	f.Add(tagged(s, RefreshVersion, 1<<63))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := s.ParseRefresh(text)
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Errorf("error = %v", err)
			}
			return
		}
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || base64.RawURLEncoding.EncodeToString(raw) != text {
			t.Errorf("%q is not canonical", text)
		}
		again, err := s.IssueRefresh(r.SessionID, r.Counter, testSeed)
		if err != nil || again[:refreshTextSize-22] != text[:refreshTextSize-22] {
			t.Errorf("%q issued again is %q, %v", text, again, err)
		}
	})
}
