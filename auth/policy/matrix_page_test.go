package policy

import (
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func pageOf(t *testing.T, m Matrix, source string) string {
	t.Helper()
	var b strings.Builder
	if err := m.HTML(&b, source); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestHTML: the page has the verdict on each coordinate for each class, and the
// operation types come first.
func TestHTML(t *testing.T) {
	m := policyOf(t, tabled+`type Mutation { m: Int @public }`).Matrix(callers())
	text := pageOf(t, m, "test.graphqls")
	at := 0
	for _, coordinate := range []string{"Query.me", "Query.one", "Query.one(x:)", "Query.open", "Mutation.m", "In.a", "O.a", "O.c", "O.x(y:)"} {
		found := strings.Index(text[at:], `data-coordinate="`+coordinate+`"`)
		if found < 0 {
			t.Fatalf("no %s, or not there", coordinate)
		}
		at += found
	}
	_, row, _ := strings.Cut(text, `data-coordinate="Query.one"`)
	row, _, _ = strings.Cut(row, "</tr>")
	var got []string
	for _, cell := range regexp.MustCompile(`data-class="([^"]*)" data-kind="kind=[a-z]*" data-verdict="([a-z]*)"`).FindAllStringSubmatch(row, -1) {
		got = append(got, cell[1]+" "+cell[2])
	}
	if want := []string{"anonymous deny", "role:boss allow", "role:clerk self", "scope:t self", "owner allow"}; !slices.Equal(got, want) {
		t.Errorf("verdicts %q", got)
	}
	for _, part := range []string{"<code>test.graphqls</code>", `<span class="need scope">scope s</span>`, `<span class="need self">self</span>`, `<option value="role:boss">role boss</option>`} {
		if !strings.Contains(text, part) {
			t.Errorf("no %s", part)
		}
	}
}

// TestHTMLNeedsNothingElse: the page has no URL and no element that would load
// something.
func TestHTMLNeedsNothingElse(t *testing.T) {
	text := pageOf(t, policyOf(t, tabled).Matrix(callers()), "test.graphqls")
	for _, fetching := range []string{"://", "src=", "href=", "url(", "@import", "fetch("} {
		if strings.Contains(text, fetching) {
			t.Errorf("it has %q", fetching)
		}
	}
}

// TestHTMLOfHostileNames: the names of roles are shown as text.
func TestHTMLOfHostileNames(t *testing.T) {
	const name = `"><script>alert(1)</script>`
	p := policyOf(t, `type Query { a: Int @hasRole(role: "\"><script>alert(1)</script>") }`)
	text := pageOf(t, p.Matrix([]Class{{Name: "role:" + name, Subject: &Subject{}}}), name)
	scripts, shown := 0, 0
	for z := html.NewTokenizer(strings.NewReader(text)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			if !errors.Is(z.Err(), io.EOF) {
				t.Fatal(z.Err())
			}
			break
		}
		token := z.Token()
		if kind == html.StartTagToken && token.Data == "script" {
			scripts++
		}
		if kind == html.TextToken && strings.Contains(token.Data, name) {
			shown++
		}
	}
	if scripts != 1 || shown < 3 {
		t.Errorf("%d scripts, and the name is shown %d times", scripts, shown)
	}
}
