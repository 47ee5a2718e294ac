package password

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const (
	salt16 = "Z2F0ZWhvdXNlIHNhbHQgMQ"
	tag32  = "J3HfxxbRNXYFV4NKiGFcOpii0oQL/L6aGgq7r22e33E"
	phc    = "$argon2id$v=19$m=19456,t=2,p=1$" + salt16 + "$" + tag32
	crypt  = "$2b$12$N9qo8uLOickgx2ZMRZoMye2ofU3MukijPd6HNQOGdt6K1M6lmBMoq"
)

func TestParse(t *testing.T) {
	costs := func(params string) string { return "$argon2id$v=19$" + params + "$" + salt16 + "$" + tag32 }
	tests := []struct {
		name, encoded string
		want          cost // nil for ErrMalformed
	}{
		{"nothing", "", nil},
		{"plain text", "correct horse", nil},
		{"md5crypt", "$1$28772684$iEwNOgGugqO9.bIz5sk8k/", nil},
		{"argon2i", strings.Replace(phc, "argon2id", "argon2i", 1), nil},
		{"argon2d", strings.Replace(phc, "argon2id", "argon2d", 1), nil},
		{"version 16", strings.Replace(phc, "v=19", "v=16", 1), nil},
		{"no version", strings.Replace(phc, "v=19$", "", 1), nil},
		{"no tag", "$argon2id$v=19$m=19456,t=2,p=1$" + salt16, nil},
		{"one field more", phc + "$", nil},
		{"space before", " " + phc, nil},
		{"newline after", phc + "\n", nil},
		{"padding", phc + "=", nil},
		{"newline in base64", strings.Replace(phc, "Z2F0", "Z2F0\n", 1), nil},
		{"stray bits in the salt", strings.Replace(phc, "NhbHQgMQ", "NhbHQgMR", 1), nil},
		{"stray bits in the tag", strings.TrimSuffix(phc, "E") + "F", nil},
		{"base64 for URLs", strings.Replace(phc, "/", "_", 1), nil},
		{"another order", costs("t=2,m=19456,p=1"), nil},
		{"a key more", costs("m=19456,t=2,p=1,keyid=a"), nil},
		{"a key less", costs("m=19456,t=2"), nil},
		{"no key", costs("19456,2,1"), nil},
		{"leading zero", costs("m=019456,t=2,p=1"), nil},
		{"sign", costs("m=+19456,t=2,p=1"), nil},
		{"beyond 32 bits", costs("m=4294986752,t=2,p=1"), nil},
		{"beyond 8 bits", costs("m=19456,t=2,p=257"), nil},
		{"no time", costs("m=19456,t=0,p=1"), nil},
		{"no threads", costs("m=19456,t=2,p=0"), nil},
		{"memory under eight times the threads", costs("m=15,t=2,p=2"), nil},
		{"just enough", costs("m=16,t=2,p=2"), argon2idCost{16, 2, 2, 16, 32}},
		{"memory of a bomb", costs("m=4194304,t=1,p=1"), nil},
		{"memory just too much", costs("m=131073,t=1,p=1"), nil},
		{"most memory", costs("m=131072,t=4,p=16"), argon2idCost{131072, 4, 16, 16, 32}},
		{"time of a bomb", costs("m=19456,t=4294967295,p=1"), nil},
		{"time and memory that overflow to nothing", costs("m=65536,t=65536,p=1"), nil},
		{"time just too much", costs("m=131072,t=5,p=1"), nil},
		{"little memory, much time", costs("m=1024,t=512,p=1"), argon2idCost{1024, 512, 1, 16, 32}},
		{"little memory, too much time", costs("m=1024,t=513,p=1"), nil},
		{"too many threads", costs("m=19456,t=2,p=17"), nil},
		{"salt of 7 bytes", "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAA$" + tag32, nil},
		{"salt of 8 bytes", "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAA$" + tag32, argon2idCost{19456, 2, 1, 8, 32}},
		{"salt of 66 bytes", "$argon2id$v=19$m=19456,t=2,p=1$" + strings.Repeat("A", 88) + "$" + tag32, nil},
		{"tag of 15 bytes", "$argon2id$v=19$m=19456,t=2,p=1$" + salt16 + "$" + strings.Repeat("A", 20), nil},
		{"tag of 66 bytes", "$argon2id$v=19$m=19456,t=2,p=1$" + salt16 + "$" + strings.Repeat("A", 88), nil},
		{"endless", phc + strings.Repeat("A", 1<<20), nil},
		{"argon2id", phc, standardArgon2id},

		{"bcrypt, first version", strings.Replace(crypt, "$2b$", "$2$", 1), nil},
		{"bcrypt, the faulty 2x", strings.Replace(crypt, "$2b$", "$2x$", 1), nil},
		{"bcrypt, version 3", strings.Replace(crypt, "$2b$", "$3b$", 1), nil},
		{"bcrypt, one character less", crypt[:59], nil},
		{"bcrypt, one character more", crypt + ".", nil},
		{"bcrypt, NUL after", crypt + "\x00", nil},
		{"bcrypt, cost 3", strings.Replace(crypt, "$12$", "$03$", 1), nil},
		{"bcrypt, cost 15", strings.Replace(crypt, "$12$", "$15$", 1), nil},
		{"bcrypt, cost 31", strings.Replace(crypt, "$12$", "$31$", 1), nil},
		{"bcrypt, cost +9", strings.Replace(crypt, "$12$", "$+9$", 1), nil},
		{"bcrypt, foreign character in the salt", strings.Replace(crypt, "N9qo", "N9q+", 1), nil},
		{"bcrypt, newline in the salt", strings.Replace(crypt, "N9qo", "N9q\n", 1), nil},
		{"bcrypt, newline in the tag", strings.Replace(crypt, "lmBM", "lm\nM", 1), nil},
		{"bcrypt, stray bits in the tag", crypt[:59] + "r", nil},
		{"bcrypt, stray bits in the salt", strings.Replace(crypt, "RZoMye", "RZoMyf", 1), bcryptCost(12)},
		{"bcrypt, cost 14", strings.Replace(crypt, "$12$", "$14$", 1), bcryptCost(14)},
		{"bcrypt, cost 4", strings.Replace(crypt, "$12$", "$04$", 1), bcryptCost(4)},
		{"bcrypt, 2a", strings.Replace(crypt, "$2b$", "$2a$", 1), bcryptCost(12)},
		{"bcrypt, 2y", strings.Replace(crypt, "$2b$", "$2y$", 1), bcryptCost(12)},
		{"bcrypt", crypt, bcryptCost(12)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := parse(tt.encoded)
			if tt.want == nil {
				if !errors.Is(err, ErrMalformed) || d != nil {
					t.Fatalf("parse = %v, %v, want ErrMalformed", d, err)
				}
				if strings.Contains(err.Error(), "Z2F0") || strings.Contains(err.Error(), "N9qo") {
					t.Errorf("the error repeats the hash: %v", err)
				}
				return
			}
			if err != nil || d.cost() != tt.want {
				t.Fatalf("parse = %v, %v, want cost %v", d, err, tt.want)
			}
		})
	}
}

func TestVerifyMalformedIsNoWork(t *testing.T) {
	h := hasher(t, cheapArgon2id)
	work := 0
	h.matches = func(d digest, password string) bool { work++; return d.matches(password) }
	match, stale, err := h.Verify(t.Context(), "correct horse", "$argon2id$v=19$m=4194304,t=9,p=1$"+salt16+"$"+tag32)
	if match || stale || !errors.Is(err, ErrMalformed) || work != 0 {
		t.Errorf("Verify = %v, %v, %v after %d hashes, want ErrMalformed after none", match, stale, err, work)
	}
	if match, _, err := h.Verify(t.Context(), "cheap", hashed(t, cheapArgon2id, "cheap")); !match || err != nil || work != 1 {
		t.Errorf("a good one: %v, %v after %d hashes, want a match after one", match, err, work)
	}
}

// FuzzParse: what is read is within the limits, and is what would be written.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{phc, crypt, "", "$argon2id$v=19$m=1,t=1,p=1$$", "$2a$99$", "$argon2id$v=19$m=131072,t=4,p=16$" + salt16 + "$" + tag32} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		d, err := parse(encoded)
		if err != nil {
			if !errors.Is(err, ErrMalformed) || d != nil {
				t.Fatalf("parse(%q) = %v, %v", encoded, d, err)
			}
			return
		}
		switch c := d.cost().(type) {
		case argon2idCost:
			if fmt.Sprint(d) != encoded {
				t.Errorf("%q is written %q", encoded, fmt.Sprint(d))
			}
			if !c.acceptable() {
				t.Errorf("%q costs %+v", encoded, c)
			}
		case bcryptCost:
			if c < 4 || c > maxBcrypt {
				t.Errorf("%q costs %d", encoded, c)
			}
		}
	})
}
