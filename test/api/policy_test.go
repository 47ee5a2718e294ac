package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

const accessQuery = `query($operation: String!, $name: String, $variables: JSON) {
	access(operation: $operation, operationName: $name, variables: $variables) { coordinate path verdict reason required missing } }`

// decisions are the decisions in a reply, one on each line.
func decisions(r harness.Reply, field string) string {
	items, _ := r.At(field).([]any)
	lines := make([]string, len(items))
	for i, item := range items {
		row, _ := item.(map[string]any)
		path := []string{}
		for _, name := range row["path"].([]any) {
			path = append(path, name.(string))
		}
		lines[i] = row["coordinate"].(string) + " " + strings.Join(path, ".") + " " + row["verdict"].(string)
		if row["reason"] != nil {
			lines[i] += " " + row["reason"].(string)
		}
	}
	return strings.Join(lines, "\n")
}

func TestAccess(t *testing.T) {
	s := harness.Start(t)
	admin, ada := s.Admin(t), s.Register(t, harness.AdaEmail, harness.AdaPassword)
	users := `{ mine: me { email } users { nodes { name email } } }`
	tests := []struct {
		name, token, operation string
		variables              any
		want                   string
	}{
		{"anonymous", "", users, nil, "Query.me mine DENY no_credential\nUser.email mine.email DENY no_credential\n" +
			"Query.users users DENY no_credential\nUser.email users.nodes.email DENY no_credential"},
		{"a user", ada.Access, users, nil, "Query.me mine ALLOW\nUser.email mine.email SELF\n" +
			"Query.users users DENY missing_scope\nUser.email users.nodes.email SELF"},
		{"an administrator", admin.Access, users, nil, "Query.me mine ALLOW\nUser.email mine.email ALLOW\n" +
			"Query.users users ALLOW\nUser.email users.nodes.email ALLOW"},
		{"no guarded field", "", `{ __typename }`, nil, ""},
		{"their own account", ada.Access, `query($id: ID!) { user(id: $id) { id } }`, harness.Vars{"id": ada.UserID}, "Query.user user ALLOW"},
		{"another account", ada.Access, `query($id: ID!) { user(id: $id) { id } }`, harness.Vars{"id": admin.UserID}, "Query.user user DENY not_self"},
		{"an unknown account", ada.Access, `query($id: ID!) { user(id: $id) { id } }`, nil, "Query.user user SELF"},
		{"the user of a login", "", `mutation { login(input: { email: "a", password: "b" }) { user { email } } }`, nil, "User.email login.user.email SELF"},
		{"an input field", ada.Access, `mutation($id: ID!, $in: UpdateUserInput!) { updateUser(id: $id, input: $in) { id } }`,
			harness.Vars{"id": ada.UserID, "in": harness.Vars{"email": "x"}}, "Mutation.updateUser updateUser ALLOW\nUpdateUserInput.email updateUser DENY missing_scope"},
		{"an input field left out", ada.Access, `mutation($id: ID!, $in: UpdateUserInput!) { updateUser(id: $id, input: $in) { id } }`,
			harness.Vars{"id": ada.UserID, "in": harness.Vars{"name": "x"}}, "Mutation.updateUser updateUser ALLOW"},
		{"a skipped field", ada.Access, `{ users @skip(if: true) { totalCount } }`, nil, ""},
		{"a fragment twice", ada.Access, `{ a: me { ...f } b: me { ...f } } fragment f on User { email }`, nil,
			"Query.me a ALLOW\nUser.email a.email SELF\nQuery.me b ALLOW\nUser.email b.email SELF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := s.Ask(t, tt.token, accessQuery, harness.Vars{"operation": tt.operation, "variables": tt.variables})
			r.Want(t, "")
			if got := decisions(r, "access"); got != tt.want {
				t.Errorf("access =\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestAccessRefuses(t *testing.T) {
	s := harness.Start(t)
	doubling := "{ me { ...f0 } }"
	for i := range 20 {
		doubling += fmt.Sprintf(" fragment f%d on User { ...f%d ...f%d }", i, i+1, i+1)
	}
	doubling += " fragment f20 on User { email }"
	tests := []struct {
		name, operation string
		variables       any
		code            string
		line, column    float64
	}{
		{"a syntax error", "{ me", nil, "GRAPHQL_PARSE_FAILED", 1, 5},
		{"an operation for another schema", "{ me { id }\n  orders { id } }", nil, "GRAPHQL_VALIDATION_FAILED", 2, 3},
		{"no operation", "fragment f on User { id }", nil, "GRAPHQL_VALIDATION_FAILED", 0, 0},
		{"variables of other types", `query($id: ID!) { user(id: $id) { id } }`, harness.Vars{"id": true}, "GRAPHQL_VALIDATION_FAILED", 1, 7},
		{"deep", strings.Repeat("{ me ", 30) + strings.Repeat("}", 30), nil, "OPERATION_TOO_LARGE", 0, 0},
		{"fragments that double", doubling, nil, "OPERATION_TOO_LARGE", 0, 0},
		{"long", "{" + strings.Repeat(" me { id }", 300) + "}", nil, "OPERATION_TOO_LARGE", 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := s.Ask(t, "", accessQuery, harness.Vars{"operation": tt.operation, "variables": tt.variables})
			r.Want(t, tt.code)
			if tt.line > 0 && !strings.Contains(r.Body, `"locations":[{"line":`+itoa(tt.line)+`,"column":`+itoa(tt.column)+`}]`) {
				t.Errorf("locations: %s", r.Body)
			}
		})
	}
	r := s.Ask(t, "", accessQuery, harness.Vars{"operation": strings.Repeat("x", 1<<20)})
	if r.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("a megabyte: %d", r.Status)
	}
}

func itoa(f float64) string { return string(rune('0' + int(f))) }

func TestAccessAs(t *testing.T) {
	s := harness.Start(t)
	admin, ada := s.Admin(t), s.Register(t, harness.AdaEmail, harness.AdaPassword)
	query := `query($role: String, $user: ID) { accessAs(operation: "{ users { totalCount } }", role: $role, userId: $user) {
		coordinate path verdict reason required missing } }`
	s.Ask(t, ada.Access, query, harness.Vars{"role": "user"}).WantReason(t, "FORBIDDEN", "missing_role")
	s.Ask(t, admin.Access, query, nil).WantField(t, "BAD_USER_INPUT", "role")
	s.Ask(t, admin.Access, query, harness.Vars{"role": "user", "user": ada.UserID}).WantField(t, "BAD_USER_INPUT", "role")
	s.Ask(t, admin.Access, query, harness.Vars{"role": "unknown"}).WantField(t, "BAD_USER_INPUT", "role")
	s.Ask(t, admin.Access, query, harness.Vars{"user": "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63"}).Want(t, "NOT_FOUND")
	s.Ask(t, admin.Access, query, harness.Vars{"user": "nonsense"}).WantField(t, "BAD_USER_INPUT", "userId")
	for name, tt := range map[string]struct {
		variables harness.Vars
		want      string
	}{
		"a role":                     {harness.Vars{"role": "user"}, "Query.users users DENY missing_scope"},
		"the administrators' role":   {harness.Vars{"role": "admin"}, "Query.users users ALLOW"},
		"an account":                 {harness.Vars{"user": ada.UserID}, "Query.users users DENY missing_scope"},
		"an administrator's account": {harness.Vars{"user": admin.UserID}, "Query.users users ALLOW"},
	} {
		r := s.Ask(t, admin.Access, query, tt.variables)
		r.Want(t, "")
		if got := decisions(r, "accessAs"); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestCan(t *testing.T) {
	s := harness.Start(t)
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	query := `query($c: [String!]!) { viewer { can(coordinates: $c) } }`
	coordinates := []string{"Query.me", "Query.users", "Query.user", "Query.user(id:)", "User.name", "User.email", "UpdateUserInput.email", "UpdateUserInput.name", "Mutation.login"}
	r := s.Ask(t, ada.Access, query, harness.Vars{"c": coordinates})
	r.Want(t, "")
	answers, _ := r.At("viewer.can").([]any)
	if wanted := []any{true, false, false, false, true, false, false, true, true}; !slices.Equal(answers, wanted) {
		t.Errorf("can = %v, want %v", answers, wanted)
	}
	for _, unknown := range []string{"", "Query", "Query.", "Query.nope", "Nope.me", "Query.user(nope:)", "Query.user(id)", "Query.user(id:", "Query.__schema", "__Type.name"} {
		s.Ask(t, ada.Access, query, harness.Vars{"c": []string{unknown}}).WantField(t, "BAD_USER_INPUT", "coordinates")
	}
	s.Ask(t, ada.Access, query, harness.Vars{"c": slices.Repeat([]string{"Query.me"}, 101)}).WantField(t, "BAD_USER_INPUT", "coordinates")
	for _, token := range []string{ada.Access, s.Admin(t).Access} {
		s.Ask(t, token, query, harness.Vars{"c": []string{"User.email"}}).Want(t, "")
	}
}

func TestPolicyModes(t *testing.T) {
	query := `{ me { name } users { nodes { email } } }`
	reject := harness.Start(t, "POLICY_MODE=reject")
	ada := reject.Register(t, harness.AdaEmail, harness.AdaPassword)
	r := reject.Ask(t, ada.Access, query, nil)
	r.WantReason(t, "FORBIDDEN", "missing_scope")
	if r.Data != nil || !strings.Contains(r.Body, `"data":null`) {
		t.Errorf("part of it ran: %s", r.Body)
	}
	reject.Ask(t, ada.Access, `{ me { name email } }`, nil).Want(t, "")
	reject.Ask(t, reject.Admin(t).Access, query, nil).Want(t, "")

	dry := harness.Start(t, "POLICY_MODE=dry-run")
	ada = dry.Register(t, harness.AdaEmail, harness.AdaPassword)
	r = dry.Ask(t, ada.Access, query, nil)
	r.Want(t, "")
	if !strings.Contains(r.Body, `"extensions":{"authorization":{"refused":[{"path":["users"],"coordinate":"Query.users"`) ||
		!strings.Contains(r.Body, `{"path":["users","nodes",0,"email"],"coordinate":"User.email"`) || !strings.Contains(r.Body, harness.AdminEmail) {
		t.Errorf("a dry run: %s", r.Body)
	}
	if r = dry.Ask(t, ada.Access, harness.MeOperation, nil); strings.Contains(r.Body, "extensions") {
		t.Errorf("a dry run that refuses nothing: %s", r.Body)
	}
	if !strings.Contains(dry.Log.String(), "nothing is refused") {
		t.Error("the log does not warn of the dry run")
	}
}

func TestPolicyDetails(t *testing.T) {
	for _, tt := range []struct {
		details         string
		user, anonymous bool
	}{{"authenticated", true, false}, {"all", true, true}, {"none", false, false}} {
		t.Run(tt.details, func(t *testing.T) {
			s := harness.Start(t, "POLICY_DETAILS="+tt.details)
			ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
			for token, shown := range map[string]bool{ada.Access: tt.user, "": tt.anonymous} {
				r := s.Ask(t, token, `{ users { totalCount } }`, nil)
				if _, there := r.Errors[0].Extensions["required"]; there != shown {
					t.Errorf("details are shown: %t, want %t: %s", there, shown, r.Body)
				}
			}
		})
	}
}
