package password

import (
	"context"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// TestEachRefusalIsTheSameWork: every login is one hash of the same cost, or two
// if the password was not sent in NFC. The test counts hashes, because time
// would only be a hint.
func TestEachRefusalIsTheSameWork(t *testing.T) {
	const horse = "correct horse"
	endless := strings.Repeat("a", 1<<20)
	for _, c := range []cost{cheapArgon2id, cheapBcrypt} {
		encoded := hashed(t, c, horse)
		of := func(password, encoded string) func(h *Hasher, ctx context.Context) error {
			return func(h *Hasher, ctx context.Context) error {
				_, _, err := h.Verify(ctx, password, encoded)
				return err
			}
		}
		verify := func(password string) func(h *Hasher, ctx context.Context) error { return of(password, encoded) }
		dummy := func(password string) func(h *Hasher, ctx context.Context) error {
			return func(h *Hasher, ctx context.Context) error { return h.VerifyDummy(ctx, password) }
		}
		accented := norm.NFD.String("chevreuil égaré")
		composed, old := hashed(t, c, accented), hashedAsTyped(t, c, accented)
		tests := []struct {
			name  string
			login func(h *Hasher, ctx context.Context) error
			want  int // hashes
		}{
			{"right", verify(horse), 1},
			{"wrong", verify("wrong horse"), 1},
			{"wrong, composed", verify("chèvre"), 1},
			{"empty", verify(""), 1},
			{"73 bytes", verify(endless[:73]), 1},
			{"NUL", verify(horse + "\x00"), 1},
			{"overlong", verify(endless), 1},
			{"overlong, decomposed", verify(strings.Repeat("e\u0301", 1<<20)), 1},
			{"dummy", dummy(horse), 1},
			{"dummy, 73 bytes", dummy(endless[:73]), 1},
			{"dummy, overlong", dummy(endless), 1},
			{"decomposed, right", of(accented, composed), 2},
			{"decomposed, right for an old hash", of(accented, old), 2},
			{"decomposed, wrong", verify(accented), 2},
			{"decomposed, NUL", verify(accented + "\x00"), 2},
			{"decomposed, dummy", dummy(accented), 2},
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
			if !slices.Equal(work, slices.Repeat([]cost{c}, tt.want)) {
				t.Errorf("%v, %s: hashed %v, want %d", c, tt.name, work, tt.want)
			}
		}
	}
}
