package graph

import (
	"fmt"
	"strings"
	"testing"
)

// Errors do not repeat a password in a document with a typo, wherever the typo is.
func TestErrorsRepeatNoLiteral(t *testing.T) {
	s := newService(t)
	const canary = `canary9f`
	documents := []string{
		`mutation { updateUser(id: "x", input: {name: "a@b.c", email: "` + canary + `"}) { id } }`,
		`mutation { refresh(refreshToken: """` + canary + `""") { tokenType } }`,
		`{ user(id: ["` + canary + `"]) { id } }`,
		`{ users(first: "` + canary + `", filter: {disabled: "` + canary + `", name: ["` + canary + `, found"]}) { totalCount } }`,
		`query($p: Int = "` + canary + `") { users(first: $p) { totalCount } }`,
		`{ me @skip(if: "` + canary + `") { id } }`,
	}
	for _, document := range documents {
		from, to := strings.Index(document, canary), strings.LastIndex(document, canary)+len(canary)
		for at := range document {
			for _, mark := range []string{"", `"`, `\`, `\u00`, `\u{`, "{", "}", "(", ")", ":", "$", "\n", "0", "-", "'", "#", ",", "\x00", "é"} {
				mistyped := document[:at] + mark + document[at:]
				if mark == "" {
					mistyped = document[:at] + document[at+1:]
				}
				if inside := at > from && at < to && mark == ""; inside {
					continue
				}
				got := s.ask(t, "", mistyped, nil)
				if strings.Contains(got.Body.String(), canary) && !named(got, canary) {
					t.Errorf("%s:\n%s", mistyped, got.Body)
				}
			}
		}
	}
	if strings.Contains(s.log.String(), canary) {
		t.Error("the log repeats it")
	}
}

// named reports whether errors repeat the text only as a name: the typo has put it
// outside of any string.
func named(r *reply, text string) bool {
	for _, e := range r.Errors {
		rest := e.Message
		for _, quoted := range []string{`Field %q is not defined`, `Variable "$%s" is not defined`} {
			rest = strings.ReplaceAll(rest, fmt.Sprintf(quoted, text), "")
		}
		if strings.Contains(rest, text) {
			return false
		}
	}
	return true
}
