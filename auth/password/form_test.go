package password

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// hashedAsTyped returns a hash of the password without NFC, as old ones are.
func hashedAsTyped(t testing.TB, c cost, password string) string {
	t.Helper()
	encoded, err := c.hash(password)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// TestVerifyInAnyForm: a password works whichever form the system sends, and
// so does the hash of a form that is not NFC, which is then stale.
func TestVerifyInAnyForm(t *testing.T) {
	tests := []struct{ name, password string }{
		{"French", "château fort égaré"},
		{"German", "Überläufer ähnlich"},
		{"Vietnamese", "tiếng Việt dễ học"},
		{"Hangul", "동해물과백두산"},
		{"Japanese", "がぎぐげごパピプ"},
		{"angstrom", "\u212bngstr\u00f6m \u2126"},
		{"order of marks", "q\u0307\u0323 and a horse"},
		{"longer in NFC", "\u0958\u0959 \u095a\u095b"},
	}
	for _, c := range []cost{cheapArgon2id, cheapBcrypt} {
		for _, tt := range tests {
			h, nfc, nfd := hasher(t, c), norm.NFC.String(tt.password), norm.NFD.String(tt.password)
			current := hashed(t, c, tt.password)
			for _, typed := range []string{tt.password, nfc, nfd} {
				if match, stale, err := h.Verify(t.Context(), typed, current); !match || stale || err != nil {
					t.Errorf("%s, %+q: %v, %v, %v; want a match that is not stale", tt.name, typed, match, stale, err)
				}
				if match, _, err := h.Verify(t.Context(), typed+"\u0301", current); match || err != nil {
					t.Errorf("%s, %+q and an accent: %v, %v; want no match", tt.name, typed, match, err)
				}
			}
			if match, stale, err := h.Verify(t.Context(), nfd, hashedAsTyped(t, c, nfd)); !match || stale != (nfd != nfc) || err != nil {
				t.Errorf("%s, an old hash: %v, %v, %v; want a stale match", tt.name, match, stale, err)
			}
		}
	}
}

// TestOldHashOfAFormThatIsTooLong: an old hash is verified, and kept, although
// the configured method can't hash the NFC.
func TestOldHashOfAFormThatIsTooLong(t *testing.T) {
	typed := strings.Repeat("\u0958", 20) // 60 bytes, 120 in NFC
	old := hashedAsTyped(t, cheapBcrypt, typed)
	if match, stale, err := hasher(t, cheapBcrypt).Verify(t.Context(), typed, old); !match || stale || err != nil {
		t.Errorf("Verify = %v, %v, %v; want a match that is not stale", match, stale, err)
	}
	if match, stale, err := hasher(t, cheapArgon2id).Verify(t.Context(), typed, old); !match || !stale || err != nil {
		t.Errorf("Verify for argon2id = %v, %v, %v; want a stale match", match, stale, err)
	}
}
