package token

import (
	"bytes"
	"errors"
	"testing"
)

// TestApplicationRefresh: an application's refresh token is read again, has the pinned bytes,
// and neither passes for a person's nor the reverse, whatever is done to its first byte.
func TestApplicationRefresh(t *testing.T) {
	const pinned = "BMMHGxgBmfCiAABwAIAAAAAAAAACAAAAAAAAAAdfnIogRu5nlMfK4OiCgaWvTNTLJeGTcnxLSedzBxT3GQ"
	s := testSecrets(t)
	text, err := s.IssueApplicationRefresh(testSession, 7, testSeed)
	if err != nil || text != pinned {
		t.Fatalf("token = %s, %v, want %s", text, err, pinned)
	}
	r, err := s.ParseApplicationRefresh(text)
	if err != nil || r.SessionID != testSession || r.Counter != 7 || !bytes.Equal(Proof(r.ProofKey(), testSeed), r.Proof()) {
		t.Errorf("read %+v, %v", r, err)
	}
	own := issue(t, s, 7)
	for name, parse := range map[string]func() error{
		"an application's token as a person's":                func() error { _, err := s.ParseRefresh(text); return err },
		"a person's token as an application's":                func() error { _, err := s.ParseApplicationRefresh(own); return err },
		"an application's token with a person's version":      func() error { _, err := s.ParseRefresh(flip(t, text, 0, 5)); return err },
		"a person's token with an application's version":      func() error { _, err := s.ParseApplicationRefresh(flip(t, own, 0, 5)); return err },
		"an application's token as a code":                    func() error { _, err := s.ParseCode(text); return err },
		"an application's token with another secret":          func() error { _, err := otherSecrets(t).ParseApplicationRefresh(text); return err },
		"an application's token with another session":         func() error { _, err := s.ParseApplicationRefresh(flip(t, text, 9, 1)); return err },
		"an application's token with another counter":         func() error { _, err := s.ParseApplicationRefresh(flip(t, text, 28, 1)); return err },
		"an application's token with a line break at its end": func() error { _, err := s.ParseApplicationRefresh(text + "\n"); return err },
	} {
		if err := parse(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
}

func otherSecrets(t *testing.T) Secrets { return Secrets{Current: mustSecret(t, otherSecretText)} }
