package pages

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/auth/oauth/authorization"
)

var verb = regexp.MustCompile(`%[a-z]`)

// TestWords: each language says everything, with the verbs of the first one.
func TestWords(t *testing.T) {
	want := reflect.ValueOf(*english())
	for _, w := range languages() {
		got := reflect.ValueOf(*w)
		for i := range got.NumField() {
			name := got.Type().Field(i).Name
			if got.Field(i).Kind() != reflect.String {
				continue
			}
			text := got.Field(i).String()
			if text == "" || !slices.Equal(verb.FindAllString(text, -1), verb.FindAllString(want.Field(i).String(), -1)) {
				t.Errorf("%s: %s is %q", w.Language, name, text)
			}
		}
		for problem := range english().Problems {
			if texts := w.Problems[problem]; texts[0] == "" || texts[1] == "" {
				t.Errorf("%s does not say what to do about %s", w.Language, problem)
			}
		}
	}
	for _, problem := range []authorization.Problem{
		authorization.UnknownClient, authorization.BadRedirect, authorization.ExpiredRequest, authorization.OtherBrowser,
		authorization.AnsweredBefore, authorization.BadLogout, authorization.BadForm,
	} {
		if english().Problems[problem][0] == "" {
			t.Errorf("no page says what %s means", problem)
		}
	}
}

// TestTagsAreLanguages of which each is spoken once.
func TestTagsAreLanguages(t *testing.T) {
	tags := Languages()
	if len(tags) < 2 || tags[0] != "en" || len(slices.Compact(slices.Sorted(slices.Values(tags)))) != len(tags) {
		t.Errorf("the languages are %q", tags)
	}
	for _, tag := range tags {
		if chosen([]string{tag}, "") == nil || chosen([]string{strings.ToUpper(tag)}, "en").Language != tag {
			t.Errorf("%s is not spoken", tag)
		}
	}
}
