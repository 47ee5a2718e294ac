package token

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// An idKind is a kind of token with an id and no counter.
type idKind struct {
	name   string
	issue  func(Secrets, string, []byte) (string, error)
	parse  func(Secrets, string) (id string, p proven, err error)
	pinned string
}

func idKinds() []idKind {
	return []idKind{
		{"code", Secrets.IssueCode, func(s Secrets, text string) (string, proven, error) {
			c, err := s.ParseCode(text)
			if err != nil {
				return "", proven{}, err
			}
			return c.ID, c.proven, nil
		}, "AsMHGxgBmfCiAABwAIAAAAAAAAAC-QSdGlWSty72JOOQ3-1aNWC4n1K0w3M8x1XZWAFnm0c"},
		{"sign-in cookie", Secrets.IssueSignIn, func(s Secrets, text string) (string, proven, error) {
			c, err := s.ParseSignIn(text)
			if err != nil {
				return "", proven{}, err
			}
			return c.SessionID, c.proven, nil
		}, "A8MHGxgBmfCiAABwAIAAAAAAAAACgt3Z5efmg0FTD5KYJuoamemMqdufgHjNGWzUQ8XEJAw"},
	}
}

func (k idKind) text(t testing.TB, s Secrets) string {
	t.Helper()
	text, err := k.issue(s, testSession, testSeed)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestIDTokens: each kind is read again, is deterministic, and has the pinned bytes:
// a cookie lives for weeks, over many releases.
func TestIDTokens(t *testing.T) {
	s := testSecrets(t)
	for _, k := range idKinds() {
		t.Run(k.name, func(t *testing.T) {
			text := k.text(t, s)
			if text != k.pinned || text != k.text(t, s) {
				t.Errorf("token = %s, want %s", text, k.pinned)
			}
			id, p, err := k.parse(s, text)
			if err != nil || id != testSession {
				t.Fatalf("read %q, %v", id, err)
			}
			if !bytes.Equal(Proof(p.ProofKey(), testSeed), p.Proof()) {
				t.Error("the proof is not that of the seed")
			}
			if bytes.Equal(Proof(p.ProofKey(), []byte("0123456789abcdeg")), p.Proof()) {
				t.Error("the proof is that of another seed")
			}
		})
	}
}

func TestIDTokensRefused(t *testing.T) {
	s := testSecrets(t)
	refresh := issue(t, s, 7)
	for _, k := range idKinds() {
		good := k.text(t, s)
		for _, tt := range []struct{ name, text string }{
			{"empty", ""},
			{"truncated", good[:len(good)-1]},
			{"extended", good + "A"},
			{"padded", good + "="},
			{"line break", good[:40] + "\n" + good[41:]},
			{"line breaks inside", good[:40] + "\r\n" + good[42:]},
			{"space", " " + good[1:]},
			{"other alphabet", "+" + good[1:]},
			{"a refresh token", refresh},
			{"a part of a refresh token", refresh[:len(good)]},
			{"an access token", mustSign(t, testKeys()[HS256], testClaims())},
		} {
			if _, _, err := k.parse(s, tt.text); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s, %s: error = %v, want ErrInvalid", k.name, tt.name, err)
			}
		}
		if _, _, err := k.parse(s, good); err != nil {
			t.Errorf("%s: %v", k.name, err)
		}
	}
}

// TestIDTokensEachBit changes each bit: the tag shows a change before the proof, the
// proof shows a change in itself.
func TestIDTokensEachBit(t *testing.T) {
	s := testSecrets(t)
	for _, k := range idKinds() {
		good := k.text(t, s)
		for i := range idTokenSize {
			for bit := range 8 {
				_, p, err := k.parse(s, flip(t, good, i, 1<<bit))
				if i < idTokenSize-proofSize {
					if !errors.Is(err, ErrInvalid) {
						t.Errorf("%s, byte %d bit %d: error = %v, want ErrInvalid", k.name, i, bit, err)
					}
					continue
				}
				if err != nil || bytes.Equal(Proof(p.ProofKey(), testSeed), p.Proof()) {
					t.Errorf("%s, byte %d bit %d: %v, or the proof still holds", k.name, i, bit, err)
				}
			}
		}
	}
}

// TestKindsDontPass: no kind of token is another, also if its first byte is changed to
// the other's, and the release before, which knows refresh tokens only, takes none.
func TestKindsDontPass(t *testing.T) {
	s := testSecrets(t)
	for _, from := range idKinds() {
		text := from.text(t, s)
		if _, err := s.ParseRefresh(text); !errors.Is(err, ErrInvalid) {
			t.Errorf("a %s is a refresh token: %v", from.name, err)
		}
		for _, to := range idKinds() {
			_, _, err := to.parse(s, text)
			if (err == nil) != (to.name == from.name) {
				t.Errorf("a %s as a %s: %v", from.name, to.name, err)
			}
			if to.name == from.name {
				continue
			}
			if _, _, err := to.parse(s, flip(t, text, 0, CodeVersion^SignInVersion)); !errors.Is(err, ErrInvalid) {
				t.Errorf("a %s with another first byte as a %s: %v", from.name, to.name, err)
			}
		}
	}
}

func TestIDTokenSecrets(t *testing.T) {
	old, current := mustSecret(t, secretText), mustSecret(t, otherSecretText)
	for _, k := range idKinds() {
		text := k.text(t, Secrets{Current: old})
		for _, tt := range []struct {
			name    string
			secrets Secrets
			want    error
		}{
			{"other secret", Secrets{Current: current}, ErrOtherSecret},
			{"no secret", Secrets{}, ErrInvalid},
			{"previous secret", Secrets{Current: current, Previous: &old}, nil},
			{"not yet current", Secrets{Current: old, Previous: &current}, nil},
		} {
			_, p, err := k.parse(tt.secrets, text)
			if !errors.Is(err, tt.want) || tt.want != nil && !errors.Is(err, ErrInvalid) {
				t.Errorf("%s, %s: error = %v, want %v", k.name, tt.name, err, tt.want)
			}
			if err == nil && !bytes.Equal(Proof(p.ProofKey(), testSeed), p.Proof()) {
				t.Errorf("%s, %s: the proof doesn't hold", k.name, tt.name)
			}
		}
	}
}

func TestIssueIDTokenRefused(t *testing.T) {
	s := testSecrets(t)
	for _, k := range idKinds() {
		for _, tt := range []struct {
			name    string
			secrets Secrets
			id      string
			seed    []byte
			ok      bool
		}{
			{"no secret", Secrets{}, testSession, testSeed, false},
			{"no UUID", s, "session", testSeed, false},
			{"upper case", s, strings.ToUpper(testSession), testSeed, false},
			{"no seed", s, testSession, nil, false},
			{"short seed", s, testSession, testSeed[:15], false},
			{"right", s, testSession, testSeed, true},
		} {
			if _, err := k.issue(tt.secrets, tt.id, tt.seed); (err == nil) != tt.ok {
				t.Errorf("%s, %s: error = %v", k.name, tt.name, err)
			}
		}
	}
}

// TestIDTokensHidden: printing a parsed token never shows its proof.
func TestIDTokensHidden(t *testing.T) {
	s := testSecrets(t)
	code, err := s.ParseCode(idKinds()[0].text(t, s))
	if err != nil {
		t.Fatal(err)
	}
	signIn, err := s.ParseSignIn(idKinds()[1].text(t, s))
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		for _, part := range [][]byte{code.Proof(), code.ProofKey(), signIn.Proof(), signIn.ProofKey()} {
			checkHidden(t, fmt.Sprintf(format, code)+fmt.Sprintf(format, *code), part)
			checkHidden(t, fmt.Sprintf(format, signIn)+fmt.Sprintf(format, *signIn), part)
		}
	}
}

// FuzzParseCode: no text causes a panic, and an accepted token is the only spelling of
// its content.
func FuzzParseCode(f *testing.F) {
	s := testSecrets(f)
	for _, k := range idKinds() {
		f.Add(k.text(f, s))
	}
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		for _, k := range idKinds() {
			id, _, err := k.parse(s, text)
			if err != nil {
				continue
			}
			raw, err := base64.RawURLEncoding.DecodeString(text)
			if err != nil || base64.RawURLEncoding.EncodeToString(raw) != text {
				t.Errorf("%q is not canonical", text)
			}
			again, err := k.issue(s, id, testSeed)
			if err != nil || again[:idTextSize-22] != text[:idTextSize-22] {
				t.Errorf("%q issued again is %q, %v", text, again, err)
			}
		}
	})
}
