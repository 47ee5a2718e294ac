package api_test

import (
	"fmt"
	"testing"

	"gatehouse/test/harness"
)

const createResource = `mutation($input: CreateResourceInput!) { createResource(input: $input) { id identifier name scopes { name title own } } }`

// TestCreateResourceRefuses tries bad input, beside the same request done right.
func TestCreateResourceRefuses(t *testing.T) {
	s := harness.Start(t, "AUDIENCE=https://api.example.com")
	admin := s.Admin(t)
	type v = harness.Vars
	scope := func(name, title string) v { return v{"scopes": []v{{"name": name, "title": title}}} }
	for i, tt := range []struct {
		change v
		code   string // "" if it is accepted
		field  string
	}{
		{v{"identifier": "https://taken.example.com"}, "", ""},
		{v{"identifier": "https://taken.example.com"}, "CONFLICT", "input.identifier"},
		{v{"identifier": "https://Taken.example.com/"}, "CONFLICT", "input.identifier"},
		{v{"identifier": "https://taken.example.com/mcp"}, "", ""},
		{v{"identifier": "https://taken.example.com/mcp/"}, "", ""},
		{v{"identifier": "https://api.example.com/"}, "BAD_USER_INPUT", "input.identifier"},
		{v{"identifier": "http://localhost:8080"}, "BAD_USER_INPUT", "input.identifier"},
		{v{"identifier": "items"}, "BAD_USER_INPUT", "input.identifier"},
		{v{"name": ""}, "BAD_USER_INPUT", "input.name"},
		{scope("read:items", "See items"), "", ""},
		{scope("read:users", "See users"), "BAD_USER_INPUT", "input.scopes"},
		{scope("openid", "Know you"), "BAD_USER_INPUT", "input.scopes"},
		{scope("offline_access", "Stay"), "BAD_USER_INPUT", "input.scopes"},
		{scope("", "See items"), "BAD_USER_INPUT", "input.scopes"},
		{scope("read items", "See items"), "BAD_USER_INPUT", "input.scopes"},
		{scope("read\"items", "See items"), "BAD_USER_INPUT", "input.scopes"},
		{scope("read:items", " "), "BAD_USER_INPUT", "input.scopes"},
		{v{"scopes": []v{{"name": "a", "title": "A"}, {"name": "a", "title": "B"}}}, "BAD_USER_INPUT", "input.scopes"},
	} {
		input := v{"identifier": fmt.Sprintf("https://items%d.example.com", i), "name": "Items"}
		for name, value := range tt.change {
			input[name] = value
		}
		if r := s.Ask(t, admin.Access, createResource, v{"input": input}); r.Code() != tt.code || r.Field() != tt.field {
			t.Errorf("%v: %s", input, r.Body)
		}
	}
}
