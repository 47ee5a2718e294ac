package token

import "strings"

// wellKnown reports whether the text holds a word of example configurations. Six letters are the least: a random text
// of 43 base64 characters holds a given one with a chance of one in thirty million.
func wellKnown(text string) bool {
	words := []string{
		"changeme", "change-me", "change_me", "change me", "changethis", "change-this", "change_this",
		"secret", "s3cr3t", "password", "passw0rd", "passphrase", "example", "default", "insecure", "placeholder",
		"replaceme", "replace-me", "replace_me", "development", "gatehouse", "letmein", "qwerty", "abcdefgh",
		"123456789", "0123456789", "deadbeef",
	}
	text = strings.ToLower(text)
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// patterned reports whether the bytes are a repetition, a sequence with a fixed step, or of few values. Of 32 random
// bytes about 30 differ; fewer than 16 is not to be met.
func patterned(raw []byte) bool {
	const fewest = 16
	values := map[byte]bool{}
	for _, b := range raw {
		values[b] = true
	}
	return len(values) < fewest || repeated(raw)
}

// repeated reports whether the bytes are a repetition, or a sequence with a fixed step.
func repeated(raw []byte) bool {
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

// stepped reports whether each byte differs from the one before it by the same amount: 00 01 02 ...
func stepped(raw []byte) bool {
	for i := 2; i < len(raw); i++ {
		if raw[i]-raw[i-1] != raw[1]-raw[0] {
			return false
		}
	}
	return true
}

// worded reports whether the text was written by hand: it decodes to printable ASCII, or it passes for base64 without
// ever using capitals or without small letters. Random bytes do either less than once in a thousand million times.
func worded(text string, raw []byte) bool {
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
