package password

import "testing"

func BenchmarkHasher(b *testing.B) {
	for _, c := range []cost{standardArgon2id, standardBcrypt} {
		h, err := newHasher(c, 2, 1024)
		if err != nil {
			b.Fatal(err)
		}
		encoded := hashed(b, c, "correct horse")
		name := "argon2id"
		if c == standardBcrypt {
			name = "bcrypt"
		}
		b.Run(name+"/hash", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := h.Hash(b.Context(), "correct horse"); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/verify", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if match, _, err := h.Verify(b.Context(), "correct horse", encoded); !match || err != nil {
					b.Fatal(match, err)
				}
			}
		})
		b.Run(name+"/dummy", func(b *testing.B) {
			for b.Loop() {
				if err := h.VerifyDummy(b.Context(), "correct horse"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
