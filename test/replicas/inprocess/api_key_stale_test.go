package inprocess_test

import (
	"net/http"

	"gatehouse/test/harness"
)

// apiKeys makes, rotates and ends API keys on the fresh replica. The stale one knows it from
// the next request on, also of keys that it has in memory.
func (p *stalePair) apiKeys() {
	p.t.Helper()
	const made = `{ key apiKey { id } }`
	create := func(scopes ...string) (key, id string) {
		p.t.Helper()
		r := p.fresh.Ask(p.t, p.ada.Access, `mutation($s: [String!]!) { createApiKey(input: {name: "a key", scopes: $s}) `+made+` }`,
			harness.Vars{"s": append([]string{}, scopes...)}).Must(p.t)
		return r.Text("createApiKey.key"), r.Text("createApiKey.apiKey.id")
	}
	want := func(key, query, code string) {
		p.t.Helper()
		for range 2 {
			p.stale.Send(p.t, http.Header{"X-API-Key": {key}}, query, nil).Want(p.t, code)
		}
	}
	const viewer, users = `{ viewer { id } }`, `{ users { nodes { id } } }`
	first, firstID := create()
	want(first, viewer, "")
	r := p.fresh.Ask(p.t, p.ada.Access, `mutation($id: ID!) { rotateApiKey(id: $id, overlap: "1h") `+made+` }`, harness.Vars{"id": firstID}).Must(p.t)
	next, nextID := r.Text("rotateApiKey.key"), r.Text("rotateApiKey.apiKey.id")
	want(first, viewer, "")
	want(next, viewer, "")
	p.fresh.Ask(p.t, p.ada.Access, `mutation($id: ID!) { revokeApiKey(id: $id) }`, harness.Vars{"id": firstID}).Must(p.t)
	want(first, viewer, "UNAUTHENTICATED")
	p.fresh.Ask(p.t, p.ada.Access, `mutation($id: ID!) { rotateApiKey(id: $id, overlap: "0s") `+made+` }`, harness.Vars{"id": nextID}).Must(p.t)
	want(next, viewer, "UNAUTHENTICATED")

	setRoles := func(roles ...string) {
		p.t.Helper()
		p.fresh.Ask(p.t, p.admin.Access, `mutation($id: ID!, $roles: [String!]!) { setUserRoles(id: $id, roles: $roles) { id } }`,
			harness.Vars{"id": p.ada.UserID, "roles": roles}).Must(p.t)
	}
	setRoles("admin")
	scoped, _ := create("read:users")
	want(scoped, users, "")
	setRoles("user")
	want(scoped, users, "FORBIDDEN")
	want(scoped, viewer, "")
}
