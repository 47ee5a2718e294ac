package password

import (
	"context"
	"strings"
	"testing"
)

// TestEachRefusalIsTheSameWork: every login is one hash of the same cost. The
// test counts hashes, because time would only be a hint.
func TestEachRefusalIsTheSameWork(t *testing.T) {
	const horse = "correct horse"
	endless := strings.Repeat("a", 1<<20)
	for _, c := range []cost{cheapArgon2id, cheapBcrypt} {
		encoded := hashed(t, c, horse)
		verify := func(password string) func(h *Hasher, ctx context.Context) error {
			return func(h *Hasher, ctx context.Context) error {
				_, _, err := h.Verify(ctx, password, encoded)
				return err
			}
		}
		dummy := func(password string) func(h *Hasher, ctx context.Context) error {
			return func(h *Hasher, ctx context.Context) error { return h.VerifyDummy(ctx, password) }
		}
		tests := []struct {
			name  string
			login func(h *Hasher, ctx context.Context) error
		}{
			{"right", verify(horse)},
			{"wrong", verify("wrong horse")},
			{"empty", verify("")},
			{"73 bytes", verify(endless[:73])},
			{"NUL", verify(horse + "\x00")},
			{"overlong", verify(endless)},
			{"dummy", dummy(horse)},
			{"dummy, 73 bytes", dummy(endless[:73])},
			{"dummy, overlong", dummy(endless)},
		}
		for _, tt := range tests {
			h := hasher(t, c)
			var work []cost
			h.matches = func(d digest, password string) bool {
				work = append(work, d.cost())
				if len(password) > maxBytes {
					t.Errorf("%v, %s: %d bytes were hashed", c, tt.name, len(password))
				}
				return d.matches(password)
			}
			if err := tt.login(h, t.Context()); err != nil {
				t.Errorf("%v, %s: %v", c, tt.name, err)
			}
			if len(work) != 1 || work[0] != c {
				t.Errorf("%v, %s: hashed %v, want it once", c, tt.name, work)
			}
		}
	}
}
