package harness

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// A Reply is the answer to an operation.
type Reply struct {
	Status int
	Header http.Header
	Body   string
	Data   map[string]any
	Errors []Error
}

// An Error is one of a reply's errors.
type Error struct {
	Message    string         `json:"message"`
	Path       []any          `json:"path"`
	Extensions map[string]any `json:"extensions"`
}

// ParseReply reads the body of an answer.
func ParseReply(status int, header http.Header, body []byte) (Reply, error) {
	r := Reply{Status: status, Header: header, Body: string(body)}
	parsed := struct {
		Data   *map[string]any `json:"data"`
		Errors *[]Error        `json:"errors"`
	}{&r.Data, &r.Errors}
	if err := json.Unmarshal(body, &parsed); err != nil {
		return r, fmt.Errorf("the answer is not JSON: %w: %s", err, body)
	}
	return r, nil
}

// Code is the code of the first error, "" without errors.
func (r Reply) Code() string { return r.extension("code") }

// Reason is the reason of the first error, "" without one.
func (r Reply) Reason() string { return r.extension("reason") }

// Field is the field the first error names, "" without one.
func (r Reply) Field() string { return r.extension("field") }

func (r Reply) extension(name string) string {
	if len(r.Errors) == 0 {
		return ""
	}
	text, _ := r.Errors[0].Extensions[name].(string)
	return text
}

// At follows a path of names, such as "login.user.id", into the data. It is
// nil if the path leads nowhere.
func (r Reply) At(path string) any {
	var v any = r.Data
	for name := range strings.SplitSeq(path, ".") {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}

// Text is the string at a path, "" if there is something else.
func (r Reply) Text(path string) string {
	s, _ := r.At(path).(string)
	return s
}

// Texts are the strings of the list at a path, sorted.
func (r Reply) Texts(path string) []string {
	items, _ := r.At(path).([]any)
	all := []string{}
	for _, item := range items {
		s, _ := item.(string)
		all = append(all, s)
	}
	slices.Sort(all)
	return all
}

// Session reads the tokens in a payload field of the data, such as login. It
// is empty without one.
func (r Reply) Session(field string) Session {
	return Session{
		UserID: r.Text(field + ".user.id"), Access: r.Text(field + ".accessToken"), Refresh: r.Text(field + ".refreshToken"),
	}
}

// Want fails unless the first error has this code; "" wants no error.
func (r Reply) Want(t testing.TB, code string) {
	t.Helper()
	if r.Code() != code || code == "" && len(r.Errors) > 0 {
		t.Errorf("code = %q, want %q: %s", r.Code(), code, r.Body)
	}
}

// WantReason fails unless the first error has this code and reason.
func (r Reply) WantReason(t testing.TB, code, reason string) {
	t.Helper()
	r.Want(t, code)
	if r.Reason() != reason {
		t.Errorf("reason = %q, want %q: %s", r.Reason(), reason, r.Body)
	}
}

// WantField fails unless the first error has this code and names this field.
func (r Reply) WantField(t testing.TB, code, field string) {
	t.Helper()
	r.Want(t, code)
	if r.Field() != field {
		t.Errorf("field = %q, want %q: %s", r.Field(), field, r.Body)
	}
}

// Must fails the test at once if there is an error, and returns the reply.
func (r Reply) Must(t testing.TB) Reply {
	t.Helper()
	if len(r.Errors) > 0 {
		t.Fatalf("refused: %s", r.Body)
	}
	return r
}
