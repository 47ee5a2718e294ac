package apikey

import (
	"bytes"
	"encoding/binary"
	"math/big"
	"regexp"
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	pattern := regexp.MustCompile(`\bgh_[0-9A-Za-z]{49}\b`) // what docs/api-keys.md tells secret scanners
	seen := map[string]bool{}
	for range 1000 {
		text, made := newText()
		read, err := Parse(text)
		if err != nil || read.ID != made.ID || !bytes.Equal(read.Digest, made.Digest) {
			t.Fatalf("%s is read as %v, %v; want %v", text, read, err, made)
		}
		if pattern.FindString("key="+text+"\n") != text || len(text) != 52 || seen[text] {
			t.Fatalf("%s", text)
		}
		if h := hint(text); len(h) != 15 || !strings.HasPrefix(text, h) {
			t.Fatalf("hint of %s is %q", text, h)
		}
		seen[text] = true
	}
}

// TestHintSaysNothingOfSecret: keys with one id and other random bytes have one hint.
func TestHintSaysNothingOfSecret(t *testing.T) {
	for _, fill := range []byte{0, 0xff} {
		raw := bytes.Repeat([]byte{0x5a}, idSize+secretSize)
		for i := idSize; i < len(raw); i++ {
			raw[i] = fill
		}
		if got := hint(encode(raw)); got != "gh_1CrDyEGyqkYU" {
			t.Errorf("hint = %s", got)
		}
	}
}

// encode is a second implementation of the form.
func encode(raw []byte) string {
	n := new(big.Int).SetBytes(binary.BigEndian.AppendUint32(bytes.Clone(raw), checksum(raw)))
	var all [digits]byte
	for i := digits - 1; i >= 0; i-- {
		var d big.Int
		n.DivMod(n, big.NewInt(62), &d)
		all[i] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[d.Int64()]
	}
	return "gh_" + string(all[:])
}

// TestParseRefuses: a changed key is refused without a database, whatever the change.
func TestParseRefuses(t *testing.T) {
	good, _ := newText()
	if _, err := Parse(good); err != nil {
		t.Fatal(err)
	}
	bad := map[string]string{
		"empty": "", "prefix alone": "gh_", "cut": good[:51], "cut to the id": good[:25], "extended": good + "0", "padded": good + "=",
		"a space before": " " + good, "a space after": good + " ", "a line break": good + "\n", "NUL": good + "\x00",
		"upper case": strings.ToUpper(good), "lower case": strings.ToLower(good), "prefix in capitals": "GH_" + good[3:],
		"another prefix": "ghp_" + good[3:], "no prefix": good[3:], "a sign": "gh_+" + good[4:], "minus": "gh_-" + good[4:],
		"an underscore": "gh_" + good[3:20] + "_" + good[21:], "too large": "gh_" + strings.Repeat("Z", digits),
		"not ASCII": "gh_" + good[3:50] + "é", "twice": good + good, "a token": "eyJhbGciOiJFZERTQSJ9.e30.x",
	}
	for i := 3; i < len(good); i++ {
		other := byte('0')
		if good[i] == other {
			other = '1'
		}
		bad["digit "+string(rune('A'+i))] = good[:i] + string(other) + good[i+1:]
		if i+1 < len(good) && good[i] != good[i+1] {
			bad["swapped "+string(rune('A'+i))] = good[:i] + string(good[i+1]) + string(good[i]) + good[i+2:]
		}
	}
	for name, text := range bad {
		if got, err := Parse(text); err == nil || strings.Contains(err.Error(), good[3:]) {
			t.Errorf("%s: %q is read as %v, %v", name, text, got, err)
		}
	}
}

// FuzzParse: what is accepted is the one text of its bytes.
func FuzzParse(f *testing.F) {
	good, _ := newText()
	f.Add(good)
	f.Add("gh_0")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := Parse(text); err != nil {
			return
		}
		n, _ := new(big.Int).SetString(text[3:], 62)
		raw := n.FillBytes(make([]byte, idSize+secretSize+checksumSize))[:idSize+secretSize]
		if encode(raw) != text {
			t.Errorf("%q is not the form of its bytes", text)
		}
	})
}
