package graph

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/auth/policy"
	"gatehouse/graph/document"
	"gatehouse/graph/persisted"
)

// Documents of a client, as tools print them.
const (
	meText     = "query Me {\n  me {\n    id\n    __typename\n  }\n}"
	loginText  = "mutation Login($input: LoginInput!) {\n  login(input: $input) {\n    accessToken\n  }\n}"
	peopleText = "fragment Person on User {\n  id\n  name\n}\n\nquery People($first: Int = 5) {\n  users(first: $first) {\n    nodes {\n      ...Person\n    }\n  }\n}"
)

// hashPrefix begins an ID that is a SHA-256.
const hashPrefix = "sha256:"

func sha256Of(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func sha1Of(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

func md5Of(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// apolloManifest returns a manifest as generate-persisted-query-manifest writes it.
func apolloManifest(t testing.TB) string {
	t.Helper()
	return `{"format":"apollo-persisted-query-manifest","version":1,"operations":[` +
		`{"id":"` + sha256Of(meText) + `","name":"Me","type":"query","body":` + quote(t, meText) + `},` +
		`{"id":"` + sha256Of(loginText) + `","name":"Login","type":"mutation","body":` + quote(t, loginText) + `},` +
		`{"id":"people-7","name":"People","type":"query","body":` + quote(t, peopleText) + `}]}`
}

// mapManifest returns a manifest as relay-compiler and the client preset write it,
// with IDs by some function.
func mapManifest(t testing.TB, id func(string) string) string {
	t.Helper()
	var entries []string
	for _, text := range []string{meText, loginText, peopleText} {
		entries = append(entries, quote(t, id(text))+":"+quote(t, text))
	}
	return "{" + strings.Join(entries, ",") + "}"
}

func readManifest(t testing.TB, text string, introspection document.Introspection) (*persisted.Manifest, error) {
	t.Helper()
	p, err := policy.Compile(Schema(), policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return persisted.ReadManifest([]byte(text), p, document.DefaultLimits(), introspection)
}

// withManifest adds a manifest.
func withManifest(t testing.TB, text string, mode persisted.Mode) func(*Parts) {
	t.Helper()
	m, err := readManifest(t, text, document.IntrospectionFull)
	if err != nil {
		t.Fatal(err)
	}
	return func(p *Parts) { p.Documents = persisted.Settings{Manifest: m, Mode: mode} }
}

// Clients can name a document by its ID and by its hash, whatever tool wrote the
// manifest.
func TestManifestFormats(t *testing.T) {
	prefixed := func(text string) string { return hashPrefix + sha256Of(text) }
	for name, form := range map[string]struct {
		text string
		id   func(string) string
	}{
		"Apollo":                             {apolloManifest(t), sha256Of},
		"relay-compiler, MD5":                {mapManifest(t, md5Of), md5Of},
		"relay-compiler, SHA-256":            {mapManifest(t, sha256Of), sha256Of},
		"client preset, SHA-1":               {mapManifest(t, sha1Of), sha1Of},
		"client preset, SHA-256":             {mapManifest(t, prefixed), prefixed},
		"ids of one's own":                   {mapManifest(t, strings.ToUpper), strings.ToUpper},
		"Apollo, with members that are new":  {strings.Replace(apolloManifest(t), `"name":"Me"`, `"name":"Me","clientName":null`, 1), sha256Of},
		"Apollo, one operation listed twice": {strings.Replace(apolloManifest(t), `"people-7"`, quote(t, sha256Of(peopleText)), 1), sha256Of},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, withManifest(t, form.text, persisted.ModeOnly))
			for _, id := range []string{form.id(meText), prefixed(meText), sha256Of(meText)} {
				got := s.send(t, `{"documentId":`+quote(t, id)+`}`, "Authorization: Bearer "+s.token(t, ann, 0))
				if want := `{"me":{"id":"` + ann + `","__typename":"User"}}`; string(got.Data) != want || got.codes() != "" {
					t.Errorf("%s: %s", id, got.Body)
				}
			}
			if got := s.send(t, `{"documentId":"`+sha256Of(meText+" ")+`"}`); got.codes() != "PERSISTED_QUERY_NOT_FOUND" {
				t.Errorf("another id: %s", got.Body)
			}
		})
	}
}

// These were written by generate-persisted-query-manifest, relay-compiler 21 and
// the client preset 6.
func TestManifestsOfTools(t *testing.T) {
	for name, ids := range map[string][]string{
		"apollo":        {"2479192cb91ce408fb47796319ffc044b887c5ad93e927c7c39b684208ac13be", "ba00096f05c912210ce04fbb903a471fffdbebf843bb09026da16077051a2425"},
		"relay-md5":     {"df21f5bd3dc3367877879bfd7afa4a27"},
		"relay-sha256":  {"cf3163cd02d228a9322da233a7568ea63e13a0f32a0e832baa4e05e94f9381cd"},
		"client-preset": {"sha256:6e5f72a6cfe44c3359ba1c44df93e9b7da633d9c03d29bbb27b2a2bcb00fee2f"},
	} {
		text, err := os.ReadFile(filepath.Join("persisted", "testdata", "manifests", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		s := newService(t, withManifest(t, string(text), persisted.ModeOnly))
		for _, id := range ids {
			got := s.send(t, `{"documentId":"`+id+`","variables":{"input":{"email":"ann@example.com","password":"`+annsPassword+`"}}}`, "Authorization: Bearer "+s.token(t, ann, 0))
			if got.codes() != "" || !strings.Contains(string(got.Data), ann) && !strings.Contains(string(got.Data), "accessToken") {
				t.Errorf("%s: %s: %s", name, id, got.Body)
			}
		}
	}
}

// The error of a manifest says what is wrong with each document.
func TestManifestsRefused(t *testing.T) {
	entry := func(id, text string) string { return quote(t, id) + ":" + quote(t, text) }
	apollo := func(operations string) string {
		return `{"format":"apollo-persisted-query-manifest","version":1,"operations":[` + operations + `]}`
	}
	tests := []struct {
		name, text string
		want       []string // parts of the lines, in order
	}{
		{"no JSON", `{"a":`, []string{"not a JSON object"}},
		{"a list", `[["a","{ me { id } }"]]`, []string{"not a JSON object"}},
		{"an id twice", `{` + entry("a", meText) + `,` + entry("a", loginText) + `}`, []string{"each id once"}},
		{"another format", strings.Replace(apollo(""), "apollo-", "other-", 1), []string{"its format is unknown"}},
		{"another version", strings.Replace(apollo(""), `"version":1`, `"version":2`, 1), []string{"its format is unknown"}},
		{"Apollo's with a map", `{"format":"apollo-persisted-query-manifest","version":1,"operations":{}}`, []string{"its format is unknown"}},
		{"texts that are objects", `{"a":{"text":"{ me { id } }"}}`, []string{"it is neither"}},
		{"empty", `{}`, []string{"no document"}},
		{"Apollo's, empty", apollo(""), []string{"no document"}},
		{"no id", apollo(`{"name":"Me","type":"query","body":` + quote(t, meText) + `}`), []string{`"" (Me): it has no id`}},
		{"another operation", apollo(`{"id":"a","name":"You","type":"query","body":` + quote(t, meText) + `}`), []string{`"a" (You): it has no operation with this name`}},
		{"another type", apollo(`{"id":"a","name":"Me","type":"mutation","body":` + quote(t, meText) + `}`), []string{`"a" (Me): its operation is a query`}},
		{"one id for two", apollo(`{"id":"a","body":` + quote(t, meText) + `},{"id":"a","body":` + quote(t, loginText) + `}`), []string{"another document has this id"}},
		{"the hash of another", `{` + entry(sha256Of(meText), loginText) + `,` + entry("b", meText) + `}`, []string{`"b": another document has this id`}},
		{"a hash that is not", `{` + entry(hashPrefix+sha256Of(meText), meText+"\n") + `}`, []string{"not the SHA-256"}},
		{"no GraphQL", `{` + entry("a", "query {") + `}`, []string{`"a": The document is not GraphQL`}},
		{"no text", `{` + entry("a", "") + `}`, []string{`"a": it has no operation`}},
		{"fragments alone", `{` + entry("a", "fragment F on User { id }") + `}`, []string{"no operation"}},
		{"all at once", `{` + entry("a", "{ me { idd } you }") + `,` + entry("b", "{ we }") + `,` + entry("c", meText) + `}`,
			[]string{`"a": Cannot query field "idd" on type "User". Did you mean "id" or "kind"?, at line 1, column 8 of the document`, `"a": Cannot query field "you"`, `"b": Cannot query field "we"`}},
		{"a literal", `{` + entry("a", `mutation { login(input: {email: "a@b.example", password: 4242}) { tokenType } }`) + `}`, []string{`"a": Expected a value of type "String!", at`}},
		{"too deep", `{` + entry("a", repeat(25, "{ me ")+repeat(25, "}")) + `}`, []string{"too large for this service (depth: "}},
		{"too many tokens", `{` + entry("a", "{"+repeat(1100, " a")+"}") + `}`, []string{"(tokens: 1102, limit 1000)"}},
		{"too costly", `{` + entry("a", "{"+repeat(20, " a#: users(first: 100) { nodes { id name roles createdAt updatedAt disabled kind email emailVerified lastLoginAt } }")+"}") + `}`, []string{"(cost: "}},
		{"two logins", `{` + entry("a", strings.Replace(loginText, "login(", "twice: refresh { tokenType } login(", 1)) + `}`, []string{"(sensitive: 2, limit 1)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := readManifest(t, tt.text, document.IntrospectionFull)
			faults, ok := err.(persisted.ManifestFaults) //nolint:errorlint // it is what is promised
			if !ok || m != nil || len(faults) != len(tt.want) {
				t.Fatalf("manifest %v, error %v", m, err)
			}
			for i, want := range tt.want {
				if !strings.Contains(faults[i], want) || strings.Contains(faults[i], "4242") {
					t.Errorf("%q lacks %q", faults[i], want)
				}
			}
		})
	}
}

// With introspection off, a manifest can't have operations that describe the schema.
// The errors still name the schema, for the operator.
func TestManifestWithoutIntrospection(t *testing.T) {
	const text = `{"a":"{ __schema { queryType { name } } }"}`
	if _, err := readManifest(t, text, document.IntrospectionOff); err == nil || !strings.Contains(err.Error(), "Introspection is disabled") {
		t.Errorf("off: %v", err)
	}
	for _, on := range []document.Introspection{document.IntrospectionFull, document.IntrospectionFiltered} {
		if _, err := readManifest(t, text, on); err != nil {
			t.Errorf("%s: %v", on, err)
		}
	}
	if _, err := readManifest(t, `{"a":"{ users { totalCoun } }"}`, document.IntrospectionOff); err == nil || !strings.Contains(err.Error(), `"totalCoun" on type "UserConnection"`) {
		t.Errorf("off: %v", err)
	}
}
