package policy

import (
	"slices"
	"strings"
	"testing"
)

const tabled = `type Query { open: Int @public  me: Int @authenticated  one(id: ID, x: Int @hasRole(role: "boss")): O @hasScope(scope: "s", orSelf: "id") }
interface I { id: ID a: Int x(y: Int): Int }
type O implements I { id: ID a: Int @hasRole(role: ["boss", "clerk"]) @hasScope(scope: "s", orSelf: "id")  x(y: Int @hasScope(scope: "t")): Int  b: Int  c: Int @public }
input In { a: Int @hasScope(scope: "t")  b: Int }
`

// callers returns one class of each kind.
func callers() []Class {
	return []Class{
		{Name: "anonymous"},
		{Name: "role:boss", Subject: &Subject{Roles: []string{"boss"}, Scopes: []string{"s", "t"}}},
		{Name: "role:clerk", Subject: &Subject{Roles: []string{"clerk"}}},
		{Name: "scope:t", Subject: &Subject{Scopes: []string{"t"}}},
		{Name: "owner", Subject: &Subject{}, Owner: true},
	}
}

func TestMatrix(t *testing.T) {
	m := policyOf(t, tabled).Matrix(callers())
	if want := []string{"anonymous", "role:boss", "role:clerk", "scope:t", "owner"}; !slices.Equal(m.Classes, want) {
		t.Errorf("classes %q", m.Classes)
	}
	want := []string{
		"In.a: DENY ALLOW DENY ALLOW DENY, scope t",
		"O.a: DENY ALLOW SELF DENY DENY, role boss or clerk, and scope s or self (id)",
		"O.c: ALLOW ALLOW ALLOW ALLOW ALLOW, public",
		"O.x(y:): DENY ALLOW DENY ALLOW DENY, scope t",
		"Query.me: DENY ALLOW ALLOW ALLOW ALLOW, authentication",
		"Query.one: DENY ALLOW SELF SELF ALLOW, scope s or self (id)",
		"Query.one(x:): DENY ALLOW DENY DENY DENY, role boss",
		"Query.open: ALLOW ALLOW ALLOW ALLOW ALLOW, public",
	}
	var got []string
	for _, row := range m.Rows {
		line := row.Coordinate + ":"
		for _, class := range m.Classes {
			line += " " + string(row.Verdicts[class])
		}
		got = append(got, line+", "+row.Requirement)
		if public := row.Requirement == "public"; public != (len(row.Required) == 0) {
			t.Errorf("%s requires %q", row.Coordinate, row.Required)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestMatrixOfDelegates: what acts for a person has columns of its own, and the
// requirements say which scopes it needs.
func TestMatrixOfDelegates(t *testing.T) {
	m := policyOf(t, delegating).Matrix([]Class{
		{Name: "owner", Subject: &Subject{}, Owner: true}, {Name: "app", Subject: &Subject{Delegated: true}},
		{Name: "app:email", Subject: &Subject{Delegated: true, Scopes: []string{"email"}}},
		{Name: "app:read:users", Subject: &Subject{Delegated: true, Scopes: []string{"read:users"}}},
		{Name: "app:email owner", Subject: &Subject{Delegated: true, Scopes: []string{"email"}}, Owner: true},
	})
	want := map[string]string{
		"Query.any":      "allow allow allow allow allow, authentication (apps: any)",
		"Query.me":       "allow deny deny deny deny, authentication (apps: openid or profile)",
		"Query.mine":     "allow deny deny deny deny, authentication",
		"Query.user":     "allow deny self allow allow, scope read:users or self (id; apps: email)",
		"Query.other":    "allow deny deny allow deny, scope read:users or self (id)",
		"Query.boss":     "allow self self self allow, role boss or self (id; apps: any)",
		"Query.secret":   "deny deny deny deny deny, scope read:users, and authentication in a session",
		"Query.word":     "allow deny deny deny deny, authentication in a session",
		"Query.kept":     "deny deny deny deny deny, scope read:users, and authentication",
		"Diary.lock":     "allow deny deny deny deny, authentication (apps: diary), and authentication (apps: lock)",
		"Mutation.login": "allow allow allow allow allow, public",
	}
	var text strings.Builder
	if err := m.Markdown(&text, "test.graphqls"); err != nil || !strings.Contains(text.String(), "\n- `app:NAME` acts for a person") {
		t.Errorf("%v: %s", err, &text)
	}
	if page := pageOf(t, m, "test.graphqls"); !strings.Contains(page, `<option value="kind=app">`) || !strings.Contains(page, `<span class="need app">app email</span>`) {
		t.Error(page)
	}
	found := 0
	for _, row := range m.Rows {
		var line []string
		for _, class := range m.Classes {
			line = append(line, row.Verdicts[class].word())
		}
		if text, known := want[row.Coordinate]; known {
			found++
			if got := strings.Join(line, " ") + ", " + row.Requirement; got != text {
				t.Errorf("%s: %s, want %s", row.Coordinate, got, text)
			}
		}
	}
	if found != len(want) {
		t.Errorf("%d rows of %d", found, len(want))
	}
}

// TestMatrixOfAnonymous: a caller without a credential owns nothing.
func TestMatrixOfAnonymous(t *testing.T) {
	m := policyOf(t, tabled).Matrix([]Class{{Name: "anonymous owner", Owner: true}, {Name: "owner", Owner: true, Subject: &Subject{}}})
	at := slices.IndexFunc(m.Rows, func(r MatrixRow) bool { return r.Coordinate == "Query.one" })
	if got := m.Rows[at].Verdicts; got["anonymous owner"] != Deny || got["owner"] != Allow {
		t.Errorf("verdicts %v", got)
	}
}

func TestMarkdown(t *testing.T) {
	m := policyOf(t, `type Query { open: Int @public  one(id: ID): Int @hasScope(scope: "read:a|b", orSelf: "id") }`).Matrix(callers())
	var b strings.Builder
	if err := m.Markdown(&b, "test.graphqls"); err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(b.String(), "their own objects.\n\n")
	want := "| coordinate       | anonymous | role:boss | role:clerk | scope:t | owner | requires |\n" +
		"| ---------------- | --------- | --------- | ---------- | ------- | ----- | -------- |\n" +
		"| `Query.one`      | deny      | self      | self       | self    | allow | scope read:a\\|b or self (id) |\n" +
		"| `Query.open`     | allow     | allow     | allow      | allow   | allow | public |\n"
	if table != want {
		t.Errorf("got\n%s\nwant\n%s", table, want)
	}
	if !strings.HasPrefix(b.String(), "# Access matrix\n\nWho may reach what in `test.graphqls`,") {
		t.Errorf("it begins %.100q", b.String())
	}
}

func TestEscaped(t *testing.T) {
	for text, want := range map[string]string{
		"role:content_editor": `role:content\_editor`, "a|b": `a\|b`, "<b>": `\<b\>`, "[x](y)": `\[x\](y)`, "`x`": "\\`x\\`", `a\`: `a\\`, "read:users": "read:users",
	} {
		if got := escaped(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestCSV(t *testing.T) {
	m := Matrix{Classes: []string{"role:a\"b", "=1+1"}, Rows: []MatrixRow{
		{Coordinate: "Query.a", Requirement: "role a, and scope b", Verdicts: map[string]Verdict{"role:a\"b": Allow, "=1+1": Deny}},
		{Coordinate: "@x", Requirement: "-1", Verdicts: map[string]Verdict{"role:a\"b": Self, "=1+1": Deny}},
	}}
	var b strings.Builder
	if err := m.CSV(&b); err != nil {
		t.Fatal(err)
	}
	want := "coordinate,\"role:a\"\"b\",'=1+1,requires\nQuery.a,allow,deny,\"role a, and scope b\"\n'@x,self,deny,'-1\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestHarmless(t *testing.T) {
	for cell, want := range map[string]string{"": "", "a=1": "a=1", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@a": "'@a", "\t=1": "'\t=1", "\r=1": "'\r=1", "é": "é"} {
		if got := harmless(cell); got != want {
			t.Errorf("%q becomes %q, want %q", cell, got, want)
		}
	}
}
