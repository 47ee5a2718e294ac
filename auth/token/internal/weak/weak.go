// Package weak recognises secrets that are not random bytes: example values,
// patterns, and text that a person wrote.
package weak

import "strings"

// exampleWords stand in the secrets of example configurations. The shortest has
// six letters: a random text of 43 base64 characters contains a given one with
// a probability of one in thirty million.
var exampleWords = []string{
	"changeme", "change-me", "change_me", "change me", "changethis", "change-this", "change_this",
	"secret", "s3cr3t", "password", "passw0rd", "passphrase", "example", "default", "insecure", "placeholder",
	"replaceme", "replace-me", "replace_me", "development", "gatehouse", "letmein", "qwerty", "abcdefgh",
	"123456789", "0123456789", "deadbeef",
}

// WellKnown reports whether the text contains one of the example words.
func WellKnown(text string) bool {
	text = strings.ToLower(text)
	for _, w := range exampleWords {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// Patterned reports whether the bytes are a repetition, a sequence with a fixed
// step, or have few distinct values. 32 random bytes have about 30 distinct
// values, and never fewer than 16 in practice.
func Patterned(raw []byte) bool {
	const minDistinct = 16
	values := map[byte]bool{}
	for _, b := range raw {
		values[b] = true
	}
	return len(values) < minDistinct || Repeated(raw)
}

// Repeated reports whether the bytes are a repetition or a sequence with a
// fixed step.
func Repeated(raw []byte) bool {
	if stepped(raw) {
		return true
	}
	for period := 1; period <= len(raw)/2; period++ {
		if string(raw[period:]) == string(raw[:len(raw)-period]) {
			return true
		}
	}
	return false
}

// stepped reports whether each byte differs from the previous one by the same
// amount: 00 01 02 ...
func stepped(raw []byte) bool {
	for i := 2; i < len(raw); i++ {
		if raw[i]-raw[i-1] != raw[1]-raw[0] {
			return false
		}
	}
	return true
}

// Handwritten reports whether the text was written by hand: it decodes to
// printable ASCII, or it is base64 without capitals or without small letters.
// For random bytes the probability of either is less than one in a billion.
func Handwritten(text string, raw []byte) bool {
	if strings.Trim(text, "0123456789abcdefABCDEF") == "" {
		return printable(raw)
	}
	return printable(raw) || text == strings.ToLower(text) || text == strings.ToUpper(text)
}

func printable(raw []byte) bool {
	for _, b := range raw {
		if b < ' ' || b > '~' {
			return false
		}
	}
	return true
}
