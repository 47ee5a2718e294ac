package authorization

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ignored reports whether a parameter is one that we don't know, and so ignore.
func ignored(name string) bool {
	return !slices.Contains([]string{
		"client_id", "redirect_uri", "response_type", "response_mode", "state", "scope", "nonce", "prompt", "max_age", "display", "ui_locales",
		"claims", "acr_values", "login_hint", "id_token_hint", "code_challenge", "code_challenge_method", "request", "request_uri", "resource",
	}, name)
}

// state returns the parameter as sent, nil if it is too long or sent twice.
func state(form url.Values) []byte {
	if text := form.Get("state"); len(form["state"]) == 1 && len(text) <= maxState {
		return []byte(text)
	}
	return nil
}

// loginHint returns the parameter, if it may be shown.
func loginHint(form url.Values) string {
	text := form.Get("login_hint")
	if len(text) > 254 || !printable(text) { // RFC 5321, 4.5.3.1.3
		return ""
	}
	return text
}

// locales returns the language tags in ui_locales.
func locales(form url.Values) []string {
	var tags []string
	for _, tag := range strings.Fields(form.Get("ui_locales")) {
		if len(tags) < 10 && len(tag) <= 35 && strings.Trim(tag, base64URL) == "" { // RFC 5646, 4.4.1
			tags = append(tags, tag)
		}
	}
	return tags
}

func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) })
}

// words returns the words between single spaces: other white space is a part of a word.
func words(text string) []string {
	return slices.DeleteFunc(strings.Split(text, " "), func(word string) bool { return word == "" })
}

// distinct returns each value once, in the order in which they come first.
func distinct(values []string) (once []string) {
	seen := map[string]bool{}
	for _, value := range values {
		if !seen[value] {
			seen[value] = true
			once = append(once, value)
		}
	}
	return once
}
