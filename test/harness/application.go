package harness

import (
	"maps"
	"testing"
)

// An Application is a client of OAuth as its developer knows it.
type Application struct {
	ID     string
	Secret string // "" for a public one, and for one with keys
}

// Callback is where people are sent back to by [Client.Application].
const Callback = "https://app.example.com/callback"

// Application registers a client as the administrator: a confidential one that logs
// people in, has the scopes of OpenID Connect and is sent back to [Callback], except for
// what input says otherwise. The members of input are those of CreateClientInput.
func (c *Client) Application(t testing.TB, input Vars) Application {
	t.Helper()
	whole := Vars{
		"name": "An application", "redirectUris": []string{Callback},
		"scopes": []string{"openid", "profile", "email", "offline_access"},
	}
	maps.Copy(whole, input)
	r := c.Ask(t, c.Admin(t).Access, CreateClientOperation, Vars{"input": whole}).Must(t)
	made := Application{ID: r.Text("createClient.client.id")}
	if r.At("createClient.clientSecret") != nil {
		made.Secret = r.Text("createClient.clientSecret")
	}
	return made
}

// CreateClientOperation registers a client.
const CreateClientOperation = `mutation($input: CreateClientInput!) { createClient(input: $input) { clientSecret client { id } } }`
