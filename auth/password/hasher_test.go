package password

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// Costs that are low enough for thousands of hashes.
var (
	cheapArgon2id = argon2idCost{memory: 8, time: 1, threads: 1, salt: 16, tag: 32}
	cheapBcrypt   = bcryptCost(4)
)

func hasher(t testing.TB, c cost) *Hasher {
	t.Helper()
	h, err := newHasher(c, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func hashed(t testing.TB, c cost, password string) string {
	t.Helper()
	encoded, err := hasher(t, c).Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func TestNewHasher(t *testing.T) {
	tests := []struct {
		name            string
		method          Method
		parallel, queue int
		ok              bool
	}{
		{"no method", "", 1, 1, false},
		{"unknown method", "scrypt", 1, 1, false},
		{"nothing at once", Argon2id, 0, 1, false},
		{"negative queue", Argon2id, 1, -1, false},
		{"argon2id", Argon2id, 1, 0, true},
		{"bcrypt", Bcrypt, 2, 8, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, err := NewHasher(tt.method, tt.parallel, tt.queue)
			if (err == nil) != tt.ok || (h != nil) != tt.ok {
				t.Errorf("NewHasher = %v, %v, want ok = %v", h, err, tt.ok)
			}
		})
	}
}

func TestHashIsInTheConfiguredForm(t *testing.T) {
	tests := []struct {
		method Method
		prefix string
	}{
		{Argon2id, "$argon2id$v=19$m=19456,t=2,p=1$"},
		{Bcrypt, "$2a$12$"},
	}
	for _, tt := range tests {
		t.Run(string(tt.method), func(t *testing.T) {
			h, err := NewHasher(tt.method, 1, 0)
			if err != nil {
				t.Fatal(err)
			}
			encoded, err := h.Hash(t.Context(), "correct horse")
			if err != nil || !strings.HasPrefix(encoded, tt.prefix) {
				t.Fatalf("Hash = %q, %v, want prefix %q", encoded, err, tt.prefix)
			}
		})
	}
}

func TestSaltIsRandom(t *testing.T) {
	for _, c := range []cost{cheapArgon2id, cheapBcrypt} {
		if a, b := hashed(t, c, "correct horse"), hashed(t, c, "correct horse"); a == b {
			t.Errorf("%v: two hashes of one password are equal", c)
		}
	}
}

// TestVerifyKnownAnswers: the vectors come from other implementations:
// hash-wasm 4 for argon2id, libxcrypt for bcrypt.
func TestVerifyKnownAnswers(t *testing.T) {
	const horse = "correct horse battery staple"
	tests := []struct {
		name, password, encoded string
	}{
		{"argon2id", horse, "$argon2id$v=19$m=19456,t=2,p=1$Z2F0ZWhvdXNlIHNhbHQgMQ$J3HfxxbRNXYFV4NKiGFcOpii0oQL/L6aGgq7r22e33E"},
		{"argon2id, umlauts", "pässwörd with ümläuts", "$argon2id$v=19$m=19456,t=2,p=1$Z2F0ZWhvdXNlIHNhbHQgMQ$u8us7mjM+jgtRqOkipR7CAnZbAqcREtKo15sqCpmbi0"},
		{"argon2id, Django's cost", "django imported", "$argon2id$v=19$m=102400,t=2,p=8$Z2F0ZWhvdXNlIHNhbHQgMQ$rUk/DvcQS2qXnimyeJFXeA"},
		{"argon2id, four threads", "cheap", "$argon2id$v=19$m=64,t=1,p=4$Z2F0ZWhvdXNlIHNhbHQgMQ$G+QyRr2NqjSQ85E5hWPtOyVRunD+EAxzsOfDcDe6Fqw"},
		{"bcrypt 2a", horse, "$2a$04$N9qo8uLOickgx2ZMRZoMyeNK8zsWBMaMSVoubqovVQN3ypdVzHwOW"},
		{"bcrypt 2b", horse, "$2b$04$N9qo8uLOickgx2ZMRZoMyeNK8zsWBMaMSVoubqovVQN3ypdVzHwOW"},
		{"bcrypt 2y, umlauts", "pässwörd", "$2y$04$N9qo8uLOickgx2ZMRZoMyeVE0Gfkvlqp6DLtAlfhGw0O/hgr/H5Z6"},
		{"bcrypt, 72 bytes", strings.Repeat("p", 72), "$2b$04$N9qo8uLOickgx2ZMRZoMyeRoXB4CGXLV.ba5kSCb4AfCxfD9oEkC6"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := hasher(t, standardArgon2id)
			if match, _, err := h.Verify(t.Context(), tt.password, tt.encoded); !match || err != nil {
				t.Errorf("the password: %v, %v, want a match", match, err)
			}
			if match, stale, err := h.Verify(t.Context(), tt.password+"!", tt.encoded); match || stale || err != nil {
				t.Errorf("another password: match %v, stale %v, %v, want neither", match, stale, err)
			}
		})
	}
}

// TestVerifyTakesThePasswordWhole: passwords that must not match, each next to
// the one that does. The stored hash determines how a password is read.
func TestVerifyTakesThePasswordWhole(t *testing.T) {
	long, door := strings.Repeat("p", 72), strings.Repeat("é", 128)
	tests := []struct {
		name             string
		cost             cost
		password, refuse string
	}{
		{"case", cheapArgon2id, "correct horse", "Correct horse"},
		{"space", cheapArgon2id, "correct horse", "correct horse "},
		{"compatible letter", cheapArgon2id, "o\ufb03ce", "office"},
		{"long", cheapArgon2id, long + "a", long + "b"},
		{"NUL", cheapArgon2id, "ab", "ab\x00ab"},
		{"128 code points", cheapArgon2id, door, door + "é"},
		{"512 bytes", cheapArgon2id, strings.Repeat("😀", 128), strings.Repeat("😀", 128) + "x"},
		{"empty", cheapArgon2id, "", "\x00"},
		{"bcrypt 72 bytes", cheapBcrypt, long, long + "x"},
		{"bcrypt 72 bytes and much more", cheapBcrypt, long, long + door},
		{"bcrypt repeats its key", cheapBcrypt, "ab", "ab\x00ab"},
		{"bcrypt empty", cheapBcrypt, "", "\x00"},
		{"stand-in", cheapBcrypt, standIn, door + door},
		{"stand-in", cheapArgon2id, standIn, door + door},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := hasher(t, tt.cost)
			encoded := hashed(t, tt.cost, tt.password)
			if match, _, err := h.Verify(t.Context(), tt.refuse, encoded); match || err != nil {
				t.Errorf("the other password: %v, %v, want no match", match, err)
			}
			if match, _, err := h.Verify(t.Context(), tt.password, encoded); !match || err != nil {
				t.Errorf("the password: %v, %v, want a match", match, err)
			}
		})
	}
}

func TestHashRefusesWhatCouldNotBeVerified(t *testing.T) {
	tests := []struct {
		name           string
		cost           cost
		refuse, accept string
	}{
		{"129 code points", cheapArgon2id, strings.Repeat("a", 129), strings.Repeat("a", 128)},
		{"513 bytes", cheapArgon2id, strings.Repeat("😀", 128) + "a", strings.Repeat("😀", 128)},
		{"NUL", cheapArgon2id, "correct\x00horse", "correct horse"},
		{"bcrypt 73 bytes", cheapBcrypt, strings.Repeat("a", 73), strings.Repeat("a", 72)},
		{"bcrypt 73 bytes of two each", cheapBcrypt, strings.Repeat("é", 36) + "a", strings.Repeat("é", 36)},
		{"bcrypt NUL", cheapBcrypt, "correct\x00horse", "correct horse"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := hasher(t, tt.cost)
			if encoded, err := h.Hash(t.Context(), tt.refuse); encoded != "" || !errors.Is(err, ErrUnhashable) {
				t.Errorf("Hash = %q, %v, want ErrUnhashable", encoded, err)
			}
			if _, err := h.Hash(t.Context(), tt.accept); err != nil {
				t.Errorf("beside it: %v", err)
			}
		})
	}
}

func TestStale(t *testing.T) {
	const horse = "correct horse"
	long := strings.Repeat("p", 73)
	more := func(change func(*argon2idCost)) argon2idCost {
		c := cheapArgon2id
		change(&c)
		return c
	}
	tests := []struct {
		name         string
		configured   cost
		stored       cost
		password     string
		match, stale bool
	}{
		{"as configured", cheapArgon2id, cheapArgon2id, horse, true, false},
		{"as configured, bcrypt", cheapBcrypt, cheapBcrypt, horse, true, false},
		{"bcrypt to argon2id", cheapArgon2id, cheapBcrypt, horse, true, true},
		{"argon2id to bcrypt", cheapBcrypt, cheapArgon2id, horse, true, true},
		{"argon2id to bcrypt, too long for it", cheapBcrypt, cheapArgon2id, long, true, false},
		{"bcrypt cost", cheapBcrypt, bcryptCost(5), horse, true, true},
		{"memory", cheapArgon2id, more(func(c *argon2idCost) { c.memory = 16 }), horse, true, true},
		{"time", cheapArgon2id, more(func(c *argon2idCost) { c.time = 2 }), horse, true, true},
		{"threads", more(func(c *argon2idCost) { c.memory = 16 }), more(func(c *argon2idCost) { c.memory, c.threads = 16, 2 }), horse, true, true},
		{"salt", cheapArgon2id, more(func(c *argon2idCost) { c.salt = 8 }), horse, true, true},
		{"tag", cheapArgon2id, more(func(c *argon2idCost) { c.tag = 16 }), horse, true, true},
		{"another password", cheapArgon2id, cheapBcrypt, "wrong horse", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stored := horse
			if tt.match {
				stored = tt.password
			}
			h := hasher(t, tt.configured)
			match, stale, err := h.Verify(t.Context(), tt.password, hashed(t, tt.stored, stored))
			if match != tt.match || stale != tt.stale || err != nil {
				t.Fatalf("Verify = %v, %v, %v, want %v, %v", match, stale, err, tt.match, tt.stale)
			}
			if !stale {
				return
			}
			upgraded, err := h.Hash(t.Context(), tt.password)
			if err != nil {
				t.Fatal(err)
			}
			if match, stale, err := h.Verify(t.Context(), tt.password, upgraded); !match || stale || err != nil {
				t.Errorf("upgraded: %v, %v, %v, want a match that is not stale", match, stale, err)
			}
		})
	}
}

func TestNobodyIsNew(t *testing.T) {
	for _, c := range []cost{standardArgon2id, standardBcrypt} {
		if a, b := c.dummy(), c.dummy(); a == b {
			t.Errorf("%v: the dummy hash is not random", c)
		}
		if d, err := parse(c.dummy()); err != nil || d.cost() != c {
			t.Errorf("%v: the dummy hash is not of this cost (%v)", c, err)
		}
	}
}

func FuzzRoundTrip(f *testing.F) {
	long := strings.Repeat("p", 72)
	for _, pair := range [][2]string{
		{"correct horse", "correct horse"}, {"a", "b"}, {"", "\x00"}, {"ab", "ab\x00ab"}, {long, long + "x"}, {"caf\u00e9", "cafe\u0301"},
		{strings.Repeat("é", 128), strings.Repeat("é", 129)}, {standIn, strings.Repeat("x", 600)}, {"\xff", "\ufffd"},
	} {
		f.Add(pair[0], pair[1], false)
		f.Add(pair[0], pair[1], true)
	}
	f.Fuzz(func(t *testing.T, p, q string, old bool) {
		var c cost = cheapArgon2id
		if old {
			c = cheapBcrypt
		}
		h := hasher(t, c)
		encoded, err := h.Hash(t.Context(), p)
		if errors.Is(err, ErrUnhashable) && !c.hashable(normal(p)) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []string{p, q} {
			match, stale, err := h.Verify(t.Context(), other, encoded)
			if match != (normal(other) == normal(p)) || stale || err != nil {
				t.Errorf("Verify(%q) of the hash of %q = %v, %v, %v", other, p, match, stale, err)
			}
		}
	})
}

// TestOnHash: OnHash gets each hash and verification, and when it is done.
func TestOnHash(t *testing.T) {
	type key struct{}
	begun, done := 0, 0
	h, err := NewHasher(Argon2id, 1, 0, OnHash(func(ctx context.Context) func() {
		if ctx.Value(key{}) != "of the caller" {
			t.Error("it is not the caller's context")
		}
		begun++
		return func() { done++ }
	}))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.WithValue(t.Context(), key{}, "of the caller")
	encoded, err := h.Hash(ctx, "plenty-of-otters-17")
	if err != nil || begun != 1 || done != 1 {
		t.Errorf("after a hash: %d begun, %d done, %v", begun, done, err)
	}
	if match, _, err := h.Verify(ctx, "plenty-of-otters-17", encoded); !match || err != nil || begun != 2 || done != 2 {
		t.Errorf("after a verification: %d begun, %d done, %v", begun, done, err)
	}
}
