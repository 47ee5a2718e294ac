package weak

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"testing"
)

// TestRandomIsNotWeak: random bytes are never taken for a pattern or for words,
// in any encoding and size. WellKnown isn't tested here: it is wrong about once
// in ten million times.
func TestRandomIsNotWeak(t *testing.T) {
	for _, size := range []int{32, 33, 48, 64} {
		for range 5000 {
			raw := make([]byte, size)
			rand.Read(raw)
			if Patterned(raw) {
				t.Fatalf("%x is a pattern", raw)
			}
			for _, text := range []string{hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw)} {
				if Handwritten(text, raw) {
					t.Fatalf("%s is written by hand", text)
				}
			}
		}
	}
}

func TestWellKnown(t *testing.T) {
	for _, text := range []string{"changeme", "CHANGE_ME_PLEASE", "my-Secret-key", "example", "Passw0rd", "x123456789x"} {
		if !WellKnown(text) {
			t.Errorf("%s is not known", text)
		}
	}
	for _, text := range []string{"", "kJ3vR8xZpQ1mT6yWc0Lh9aXeF2nGdU7sBoI4wV5rYtE", "Zp4Lq7Vx2Nw9Rc5Tb8Ym1Kf6Hd3Js0Gu-Ae_Xo2Wi7Q", "test", "sec-ret"} {
		if WellKnown(text) {
			t.Errorf("%s is known", text)
		}
	}
}
