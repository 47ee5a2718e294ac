package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

const accessQuery = `query($operation: String!, $name: String, $variables: JSON) {
	access(operation: $operation, operationName: $name, variables: $variables) { coordinate path verdict reason required missing } }`

// decisions are the decisions of an answer, one on each line.
func decisions(r reply, field string) string {
	items, _ := r.at(field).([]any)
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
	s := start(t)
	admin, ada := s.admin(t), s.register(t, adaEmail, adaPassword)
	users := `{ mine: me { email } users { nodes { name email } } }`
	tests := []struct {
		name, token, operation string
		variables              any
		want                   string
	}{
		{"nobody", "", users, nil, "Query.me mine DENY no_credential\nUser.email mine.email DENY no_credential\n" +
			"Query.users users DENY no_credential\nUser.email users.nodes.email DENY no_credential"},
		{"somebody", ada.access, users, nil, "Query.me mine ALLOW\nUser.email mine.email SELF\n" +
			"Query.users users DENY missing_scope\nUser.email users.nodes.email SELF"},
		{"an administrator", admin.access, users, nil, "Query.me mine ALLOW\nUser.email mine.email ALLOW\n" +
			"Query.users users ALLOW\nUser.email users.nodes.email ALLOW"},
		{"nothing guarded", "", `{ __typename }`, nil, ""},
		{"oneself", ada.access, `query($id: ID!) { user(id: $id) { id } }`, vars{"id": ada.id}, "Query.user user ALLOW"},
		{"another", ada.access, `query($id: ID!) { user(id: $id) { id } }`, vars{"id": admin.id}, "Query.user user DENY not_self"},
		{"whoever", ada.access, `query($id: ID!) { user(id: $id) { id } }`, nil, "Query.user user SELF"},
		{"whoever logs in", "", `mutation { login(input: { email: "a", password: "b" }) { user { email } } }`, nil, "User.email login.user.email SELF"},
		{"an input field", ada.access, `mutation($id: ID!, $in: UpdateUserInput!) { updateUser(id: $id, input: $in) { id } }`,
			vars{"id": ada.id, "in": vars{"email": "x"}}, "Mutation.updateUser updateUser ALLOW\nUpdateUserInput.email updateUser DENY missing_scope"},
		{"an input field left out", ada.access, `mutation($id: ID!, $in: UpdateUserInput!) { updateUser(id: $id, input: $in) { id } }`,
			vars{"id": ada.id, "in": vars{"name": "x"}}, "Mutation.updateUser updateUser ALLOW"},
		{"what is skipped", ada.access, `{ users @skip(if: true) { totalCount } }`, nil, ""},
		{"a fragment twice", ada.access, `{ a: me { ...f } b: me { ...f } } fragment f on User { email }`, nil,
			"Query.me a ALLOW\nUser.email a.email SELF\nQuery.me b ALLOW\nUser.email b.email SELF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := s.ask(t, tt.token, accessQuery, vars{"operation": tt.operation, "variables": tt.variables})
			want(t, r, "")
			if got := decisions(r, "access"); got != tt.want {
				t.Errorf("access =\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestAccessRefuses(t *testing.T) {
	s := start(t)
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
		{"no GraphQL", "{ me", nil, "GRAPHQL_PARSE_FAILED", 1, 5},
		{"an operation for another schema", "{ me { id }\n  orders { id } }", nil, "GRAPHQL_VALIDATION_FAILED", 2, 3},
		{"no operation", "fragment f on User { id }", nil, "GRAPHQL_VALIDATION_FAILED", 0, 0},
		{"variables of other types", `query($id: ID!) { user(id: $id) { id } }`, vars{"id": true}, "GRAPHQL_VALIDATION_FAILED", 1, 7},
		{"deep", strings.Repeat("{ me ", 30) + strings.Repeat("}", 30), nil, "OPERATION_TOO_LARGE", 0, 0},
		{"fragments that double", doubling, nil, "OPERATION_TOO_LARGE", 0, 0},
		{"long", "{" + strings.Repeat(" me { id }", 300) + "}", nil, "OPERATION_TOO_LARGE", 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := s.ask(t, "", accessQuery, vars{"operation": tt.operation, "variables": tt.variables})
			want(t, r, tt.code)
			if tt.line > 0 && !strings.Contains(r.body, `"locations":[{"line":`+itoa(tt.line)+`,"column":`+itoa(tt.column)+`}]`) {
				t.Errorf("places: %s", r.body)
			}
		})
	}
	r := s.ask(t, "", accessQuery, vars{"operation": strings.Repeat("x", 1<<20)})
	if r.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a megabyte: %d", r.status)
	}
}

func itoa(f float64) string { return string(rune('0' + int(f))) }

func TestAccessAs(t *testing.T) {
	s := start(t)
	admin, ada := s.admin(t), s.register(t, adaEmail, adaPassword)
	query := `query($role: String, $user: ID) { accessAs(operation: "{ users { totalCount } }", role: $role, userId: $user) {
		coordinate path verdict reason required missing } }`
	wantReason(t, s.ask(t, ada.access, query, vars{"role": "user"}), "FORBIDDEN", "missing_role")
	wantField(t, s.ask(t, admin.access, query, nil), "BAD_USER_INPUT", "role")
	wantField(t, s.ask(t, admin.access, query, vars{"role": "user", "user": ada.id}), "BAD_USER_INPUT", "role")
	wantField(t, s.ask(t, admin.access, query, vars{"role": "nobody"}), "BAD_USER_INPUT", "role")
	want(t, s.ask(t, admin.access, query, vars{"user": "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63"}), "NOT_FOUND")
	wantField(t, s.ask(t, admin.access, query, vars{"user": "nonsense"}), "BAD_USER_INPUT", "userId")
	for name, tt := range map[string]struct {
		variables vars
		want      string
	}{
		"a role":              {vars{"role": "user"}, "Query.users users DENY missing_scope"},
		"the role of all":     {vars{"role": "admin"}, "Query.users users ALLOW"},
		"an account":          {vars{"user": ada.id}, "Query.users users DENY missing_scope"},
		"that of the manager": {vars{"user": admin.id}, "Query.users users ALLOW"},
	} {
		r := s.ask(t, admin.access, query, tt.variables)
		want(t, r, "")
		if got := decisions(r, "accessAs"); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestCan(t *testing.T) {
	s := start(t)
	ada := s.register(t, adaEmail, adaPassword)
	query := `query($c: [String!]!) { viewer { can(coordinates: $c) } }`
	coordinates := []string{"Query.me", "Query.users", "Query.user", "Query.user(id:)", "User.name", "User.email", "UpdateUserInput.email", "UpdateUserInput.name", "Mutation.login"}
	r := s.ask(t, ada.access, query, vars{"c": coordinates})
	want(t, r, "")
	answers, _ := r.at("viewer.can").([]any)
	if wanted := []any{true, false, false, false, true, false, false, true, true}; !slices.Equal(answers, wanted) {
		t.Errorf("can = %v, want %v", answers, wanted)
	}
	for _, unknown := range []string{"", "Query", "Query.", "Query.nope", "Nope.me", "Query.user(nope:)", "Query.user(id)", "Query.user(id:", "Query.__schema", "__Type.name"} {
		wantField(t, s.ask(t, ada.access, query, vars{"c": []string{unknown}}), "BAD_USER_INPUT", "coordinates")
	}
	wantField(t, s.ask(t, ada.access, query, vars{"c": slices.Repeat([]string{"Query.me"}, 101)}), "BAD_USER_INPUT", "coordinates")
	for _, token := range []string{ada.access, s.admin(t).access} {
		r := s.ask(t, token, query, vars{"c": []string{"User.email"}})
		want(t, r, "")
	}
}

func TestPolicyModes(t *testing.T) {
	query := `{ me { name } users { nodes { email } } }`
	reject := start(t, "POLICY_MODE=reject")
	ada := reject.register(t, adaEmail, adaPassword)
	r := reject.ask(t, ada.access, query, nil)
	wantReason(t, r, "FORBIDDEN", "missing_scope")
	if r.data != nil || !strings.Contains(r.body, `"data":null`) {
		t.Errorf("a part of it ran: %s", r.body)
	}
	want(t, reject.ask(t, ada.access, `{ me { name email } }`, nil), "")
	want(t, reject.ask(t, reject.admin(t).access, query, nil), "")

	dry := start(t, "POLICY_MODE=dry-run")
	ada = dry.register(t, adaEmail, adaPassword)
	r = dry.ask(t, ada.access, query, nil)
	want(t, r, "")
	if !strings.Contains(r.body, `"extensions":{"authorization":{"refused":[{"path":["users"],"coordinate":"Query.users"`) ||
		!strings.Contains(r.body, `{"path":["users","nodes",0,"email"],"coordinate":"User.email"`) || !strings.Contains(r.body, adminEmail) {
		t.Errorf("a dry run: %s", r.body)
	}
	if r = dry.ask(t, ada.access, meOperation, nil); strings.Contains(r.body, "extensions") {
		t.Errorf("a dry run in which nothing would be refused: %s", r.body)
	}
	if !strings.Contains(dry.log.String(), "nothing is refused") {
		t.Error("a dry run is not warned of")
	}
}

func TestPolicyDetails(t *testing.T) {
	for _, tt := range []struct {
		details          string
		somebody, nobody bool
	}{{"authenticated", true, false}, {"all", true, true}, {"none", false, false}} {
		t.Run(tt.details, func(t *testing.T) {
			s := start(t, "POLICY_DETAILS="+tt.details)
			ada := s.register(t, adaEmail, adaPassword)
			for token, shown := range map[string]bool{ada.access: tt.somebody, "": tt.nobody} {
				r := s.ask(t, token, `{ users { totalCount } }`, nil)
				if _, there := r.errors[0].Extensions["required"]; there != shown {
					t.Errorf("details are shown: %t, want %t: %s", there, shown, r.body)
				}
			}
		})
	}
}
