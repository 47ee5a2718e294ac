package tokens

import (
	"context"
	"time"

	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
)

// Clients finds what is registered. It reads no database.
type Clients interface {
	// Client returns the client with the id, also one that is disabled.
	Client(id string) (*clients.Client, bool)
	// Resource returns the resource with the identifier. It takes an identifier without a path
	// for the same with the path "/".
	Resource(identifier string) (*clients.Resource, bool)
}

// A Presented is what a request presents to authenticate its client (RFC 6749, 2.3).
type Presented struct {
	Basic         *Pair  // of the header Authorization; nil without one
	ID            string // client_id
	Secret        string // client_secret
	Assertion     string // client_assertion
	AssertionType string // client_assertion_type
}

// A Pair is an id and a secret.
type Pair struct{ ID, Secret string }

// Empty reports whether the request names no client.
func (p Presented) Empty() bool { return p == Presented{} }

// assertionType is the one type of assertions (RFC 7523, 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// The errors of client authentication. Unknown clients and wrong secrets are one error.
var (
	errTwoMethods = &oauth.Error{
		Code: oauth.InvalidRequest, Description: "Authenticate the client in one way: with Basic, in the form, or with an assertion.",
	}
	errTwoClients    = &oauth.Error{Code: oauth.InvalidRequest, Description: "The parameter client_id names another client than the credential."}
	errNoClient      = &oauth.Error{Code: oauth.InvalidClient, Description: "Send the parameter client_id, or authenticate with Basic."}
	errUnknownClient = &oauth.Error{Code: oauth.InvalidClient, Description: "The client is unknown, or its secret is wrong."}
	errNoSecret      = &oauth.Error{Code: oauth.InvalidClient, Description: "This client has to authenticate."}
	errAssertionType = &oauth.Error{
		Code: oauth.InvalidRequest, Description: "client_assertion_type must be " + assertionType + ", with a client_assertion.",
	}
)

// A ClientAuthenticator finds out which client sends a request.
type ClientAuthenticator struct {
	Clients       Clients
	Assertions    AssertionStore
	Issuer        string // the audience of assertions
	TokenEndpoint string // that of clients whose assertions name it
	Now           func() time.Time
}

// Authenticate returns the enabled client that sends a request. A confidential client has
// to prove that it is; a public one only names itself. It returns an [*oauth.Error] with
// the code invalid_client or invalid_request, and [auth.ErrUnavailable].
func (a *ClientAuthenticator) Authenticate(ctx context.Context, p Presented) (*clients.Client, error) {
	switch methods := p.methods(); {
	case methods > 1:
		return nil, errTwoMethods
	case p.Assertion != "":
		return a.asserted(ctx, p)
	case p.AssertionType != "":
		return nil, errAssertionType
	}
	id, secret := p.ID, p.Secret
	if p.Basic != nil {
		if id != "" && id != p.Basic.ID {
			return nil, errTwoClients
		}
		id, secret = p.Basic.ID, p.Basic.Secret
	}
	if id == "" {
		return nil, errNoClient
	}
	c, found := a.Clients.Client(id)
	if !found {
		c = &unknownClient
	}
	return a.withSecret(c, secret)
}

// methods counts the ways in which a request authenticates its client.
func (p Presented) methods() int {
	n := 0
	for _, used := range []bool{p.Basic != nil, p.Secret != "", p.Assertion != ""} {
		if used {
			n++
		}
	}
	return n
}

// unknownClient stands for a client that does not exist. It takes as long as one that does.
var unknownClient = clients.Client{Kind: clients.Confidential, Disabled: true, Secrets: []clients.Secret{{}}}

// withSecret returns the client if it has the secret, or is public and sends none.
func (a *ClientAuthenticator) withSecret(c *clients.Client, secret string) (*clients.Client, error) {
	match := c.Authenticate(secret, a.Now())
	switch {
	case c.Disabled:
		return nil, errUnknownClient
	case c.Kind == clients.Public && secret == "":
		return c, nil
	case secret == "":
		return nil, errNoSecret
	case c.Kind == clients.Public || !match:
		return nil, errUnknownClient
	}
	return c, nil
}
