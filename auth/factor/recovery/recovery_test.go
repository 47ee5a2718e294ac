package recovery_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"gatehouse/auth/factor/recovery"
)

func TestNew(t *testing.T) {
	form := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){4}$`)
	seen, letters := map[string]bool{}, map[rune]int{}
	for range 100 {
		codes, digests := recovery.New()
		if len(codes) != recovery.Codes || len(digests) != recovery.Codes {
			t.Fatalf("%d codes and %d digests", len(codes), len(digests))
		}
		for i, code := range codes {
			if !form.MatchString(code) || seen[code] {
				t.Errorf("%s is not a new code", code)
			}
			if digest, ok := recovery.Digest(code); !ok || !bytes.Equal(digest, digests[i]) || len(digest) != 32 {
				t.Errorf("%s has the digest %x, %t", code, digest, ok)
			}
			seen[code] = true
			letters[rune(code[len(code)-1])]++
		}
	}
	if len(letters) != 32 {
		t.Errorf("the last character is one of %d", len(letters))
	}
}

func TestDigest(t *testing.T) {
	const code = "01ABC-DEFGH-JKMNP-QRSTV-WXYZ9"
	want, _ := recovery.Digest(code)
	for text, ok := range map[string]bool{
		code: true, strings.ToLower(code): true, strings.ReplaceAll(code, "-", ""): true, strings.ReplaceAll(code, "-", " "): true,
		" " + code + "\n": true, strings.ReplaceAll(code, "0", "O"): true, strings.ReplaceAll(code, "1", "l"): true,
		strings.ReplaceAll(code, "1", "i"): true, "": false, code[1:]: false, code + "0": false, strings.ReplaceAll(code, "A", "U"): false,
		strings.ReplaceAll(code, "A", "Ä"): false, code + "\x00": false, code + strings.Repeat(" ", 100): false,
	} {
		got, parsed := recovery.Digest(text)
		if parsed != ok || ok && !bytes.Equal(got, want) {
			t.Errorf("%q has the digest %x, %t", text, got, parsed)
		}
	}
	if other, ok := recovery.Digest(strings.ReplaceAll(code, "9", "8")); !ok || bytes.Equal(other, want) {
		t.Error("another code has the same digest")
	}
}
