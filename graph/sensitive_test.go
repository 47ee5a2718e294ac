package graph

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

// A request may have one sensitive field, however it is written. With two, nothing
// runs and no password is tried.
func TestSensitiveFieldsAreOncePerRequest(t *testing.T) {
	in := `login(input: {email: "ann@example.com", password: "` + canary + `"}) { tokenType }`
	out := `deleteMe(currentPassword: "` + canary + `")`
	tests := []struct {
		name, query string
		asked       float64 // 0 if it runs
	}{
		{"one", `mutation { ` + in + ` }`, 0},
		{"one, beside others", `mutation { a: logout ` + in + ` b: logout __typename }`, 0},
		{"one in each of two operations", `mutation A { ` + in + ` } mutation B { ` + in + ` }`, 0},
		{"twice by the same name", `mutation { ` + in + in + ` }`, 2},
		{"under two names", `mutation { a: ` + in + ` b: ` + in + ` }`, 2},
		{"under five names", `mutation { ` + repeat(5, "a#: "+in) + ` }`, 5},
		{"two kinds", `mutation { ` + in + ` refresh { tokenType } }`, 2},
		{"a login and a deletion", `mutation { ` + in + out + ` }`, 2},
		{"inline", `mutation { ... { a: ` + in + ` } ... on Mutation { ... { b: ` + in + ` } } }`, 2},
		{"a fragment spread twice", `mutation { ...F ...F } fragment F on Mutation { ` + in + ` }`, 2},
		{"fragments of fragments", `mutation { ...F ...G } fragment F on Mutation { ...G } fragment G on Mutation { ` + in + ` }`, 2},
		{"one of them skipped", `mutation { a: ` + in + ` b: ` + strings.Replace(in, ") {", ") @skip(if: true) {", 1) + ` }`, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t)
			body := `{"query":` + quote(t, tt.query) + `,"operationName":null}`
			if strings.Contains(tt.query, "mutation B") {
				body = strings.Replace(body, "null", `"A"`, 1)
			}
			got := s.send(t, body, "Authorization: Bearer "+s.token(t, ann, 0))
			if tt.asked == 0 {
				if got.codes() != "INVALID_CREDENTIALS" || len(s.store.calls) == 0 {
					t.Errorf("%s", got.Body)
				}
				return
			}
			if got.codes() != "OPERATION_TOO_LARGE" || got.Data != nil || len(s.store.calls) > 0 {
				t.Fatalf("%v %s", s.store.calls, got.Body)
			}
			if e := got.Errors[0].Extensions; e["limit"] != "sensitive" || e["allowed"] != 1.0 || e["asked"] != tt.asked {
				t.Errorf("%v", e)
			}
			if strings.Contains(s.log.String()+got.Body.String(), canary) {
				t.Error("the password is repeated")
			}
		})
	}
}

// Fields that take a password, a proof, a challenge or a passkey's answer, return tokens or
// another secret, or send a mail to an address are sensitive, and no others.
func TestWhatIsSensitive(t *testing.T) {
	schema := Schema()
	secrets := []string{"AuthPayload", "NewClient", "TotpSecret"}
	takes := func(field *ast.FieldDefinition) bool {
		for _, arg := range field.Arguments {
			names := []string{arg.Name}
			for _, input := range schema.Types[arg.Type.Name()].Fields {
				names = append(names, input.Name)
			}
			if all := strings.ToLower(strings.Join(names, " ")); strings.Contains(all, "password") || strings.Contains(all, "proof") || arg.Name == "email" ||
				arg.Name == "token" || strings.Contains(all, "ceremony") {
				return true
			}
		}
		return slices.Contains(secrets, field.Type.Name()) || field.Name == "createRecoveryCodes"
	}
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation} {
		for _, field := range root.Fields {
			if got := field.Directives.ForName("sensitive") != nil; got != takes(field) {
				t.Errorf("%s.%s is sensitive: %t", root.Name, field.Name, got)
			}
		}
	}
}
