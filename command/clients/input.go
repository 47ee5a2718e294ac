package clients

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"gatehouse/auth/oauth/clients"
	"gatehouse/command/terminal"
	"gatehouse/command/work"
	"gatehouse/graph/persisted"
)

// fileLimit is the maximum size of a file of operations or of keys, in bytes.
const fileLimit = 4 << 20

// traits are the flags that say what a client is.
type traits struct {
	URI                   *string  `name:"uri" placeholder:"URL" help:"The client's own page."`
	RedirectURI           []string `name:"redirect-uri" sep:"none" placeholder:"URI" help:"Where people may be sent back to; repeat it for several."`
	PostLogoutRedirectURI []string `name:"post-logout-redirect-uri" sep:"none" placeholder:"URI" help:"Where people may be sent after logging out; repeat it for several."`
	Grant                 []string `placeholder:"TYPE" enum:"authorization_code,refresh_token,client_credentials,password" help:"How it gets tokens: authorization_code, refresh_token, client_credentials or password; repeat it for several."`
	Scope                 []string `placeholder:"SCOPE" help:"A scope that it can be given at most; repeat it for several."`
	Operations            []string `placeholder:"FILE" predictor:"file" help:"GraphQL documents, or a manifest of them (.json): all that its tokens may run. It gets the fewest scopes that they need."`
	Resource              []string `sep:"none" placeholder:"URI" help:"The identifier of a resource that it may ask tokens for; repeat it for several."`
	JWKS                  string   `name:"jwks" placeholder:"FILE" predictor:"file" help:"Its public keys, a JSON Web Key Set, to authenticate with instead of a secret."`
	AssertionAudience     *string  `placeholder:"AUDIENCE" enum:"issuer,token_endpoint" help:"What its assertions have as aud: issuer (the default) or token_endpoint."`
	FirstParty            *bool    `negatable:"" help:"It is your own: people are not asked to allow it."`
	PKCE                  *bool    `name:"pkce" negatable:"" help:"It must use PKCE, which is the default; only a confidential client may go without."`
	PushedRequests        *bool    `negatable:"" help:"It must push its authorization requests."`
	IDTokenAlgorithm      *string  `name:"id-token-algorithm" placeholder:"ALG" enum:"RS256,ES256,EdDSA" help:"What its ID tokens are signed with: RS256 (the default), ES256 or EdDSA."`
}

func (t *traits) grants() (all []clients.GrantType) {
	for _, g := range t.Grant {
		all = append(all, clients.GrantType(g))
	}
	return all
}

// operations reads the documents; nil without any.
func (t *traits) operations(ctx context.Context, e *work.Env) (texts []string, err error) {
	for _, path := range t.Operations {
		text, err := e.Terminal.ReadFile(ctx, path, fileLimit)
		if err != nil {
			return nil, err
		}
		if !strings.HasSuffix(path, ".json") {
			texts = append(texts, string(text))
			continue
		}
		listed, err := persisted.Texts(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		texts = append(texts, listed...)
	}
	return texts, nil
}

// keys reads the key set; nil without one.
func (t *traits) keys(ctx context.Context, e *work.Env) (set map[string]any, err error) {
	if t.JWKS == "" {
		return nil, nil
	}
	text, err := e.Terminal.ReadFile(ctx, t.JWKS, fileLimit)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("%s: not a JSON object", t.JWKS)
	}
	return set, nil
}

type create struct {
	Name   string `arg:"" help:"The name that people see when they are asked to allow it."`
	Public bool   `help:"It can't keep a secret, because it runs in a browser or on a person's device."`
	traits
	ServiceAccount *string  `placeholder:"ID" xor:"account" help:"The service account that it acts as with client_credentials. Without it, one is created."`
	ServiceRole    []string `placeholder:"ROLE" xor:"account" help:"A role of the service account that is created; repeat it for several."`
	terminal.JSONFlag
}

// Help is shown by client create --help.
func (create) Help() string {
	return `The secret is printed this once. Without --grant, the client logs people in: it gets authorization_code and
refresh_token, or client_credentials alone if it has no redirect URI.

Examples:

    gatehouse client create "The calendar" --redirect-uri https://app.example.com/callback --scope openid
    gatehouse client create "A page" --public --redirect-uri https://page.example.com/ --scope openid
    gatehouse client create "Nightly export" --scope read:users --service-role support`
}

// Run registers a client.
func (c *create) Run(ctx context.Context, e *work.Env) error {
	in := clients.CreateInput{
		Name: c.Name, Kind: clients.Confidential, URI: c.URI, RedirectURIs: c.RedirectURI, PostLogoutRedirectURIs: c.PostLogoutRedirectURI,
		Grants: c.grants(), Scopes: c.Scope, Resources: c.Resource, FirstParty: c.FirstParty, PKCE: c.PKCE,
		PushedRequests: c.PushedRequests != nil && *c.PushedRequests, ServiceAccountID: c.ServiceAccount, ServiceRoles: c.ServiceRole,
	}
	if c.Public {
		in.Kind = clients.Public
	}
	if c.AssertionAudience != nil {
		in.AssertionAudience = clients.AssertionAudience(*c.AssertionAudience)
	}
	if c.IDTokenAlgorithm != nil {
		in.IDTokenAlgorithm = clients.IDTokenAlgorithm(*c.IDTokenAlgorithm)
	}
	switch {
	case len(in.Grants) > 0:
	case len(in.RedirectURIs) == 0:
		in.Grants = []clients.GrantType{clients.ClientCredentials}
	default:
		in.Grants = []clients.GrantType{clients.AuthorizationCode, clients.RefreshToken}
	}
	var err error
	if in.Operations, err = c.operations(ctx, e); err != nil {
		return err
	}
	if in.JWKS, err = c.keys(ctx, e); err != nil {
		return err
	}
	return on(ctx, e.ChangeTables, func(ctx context.Context, all *clients.Clients) error {
		made, err := all.Create(ctx, in)
		if err != nil {
			return err
		}
		return c.Answer(e.Terminal, newClientJSON{newClient(made.Client), made.ClientSecret}, func() error {
			return describe(e.Terminal, made.Client, made.ClientSecret)
		})
	})
}

type update struct {
	named
	Name *string `help:"The name that people see when they are asked to allow it."`
	traits
	AnyOperation bool `help:"Let its tokens run any document again."`
	NoJWKS       bool `name:"no-jwks" help:"Remove its keys."`
	terminal.JSONFlag
}

// Help is shown by client update --help.
func (update) Help() string {
	return `A flag that can be repeated replaces the whole list; an empty value empties it: --scope "".
What is not given stays as it is.`
}

// Run changes a client.
func (c *update) Run(ctx context.Context, e *work.Env) error {
	in := clients.Update{
		Name: c.Name, RedirectURIs: cleared(c.RedirectURI), PostLogoutRedirectURIs: cleared(c.PostLogoutRedirectURI), Grants: c.grants(),
		Scopes: cleared(c.Scope), Resources: cleared(c.Resource), FirstParty: c.FirstParty, PKCE: c.PKCE, PushedRequests: c.PushedRequests,
	}
	if c.URI != nil {
		in.URI = &c.URI
		if *c.URI == "" {
			in.URI = new(*string)
		}
	}
	if c.AssertionAudience != nil {
		audience := clients.AssertionAudience(*c.AssertionAudience)
		in.AssertionAudience = &audience
	}
	if c.IDTokenAlgorithm != nil {
		algorithm := clients.IDTokenAlgorithm(*c.IDTokenAlgorithm)
		in.IDTokenAlgorithm = &algorithm
	}
	operations, err := c.operations(ctx, e)
	if err != nil {
		return err
	}
	if operations != nil || c.AnyOperation {
		in.Operations = &operations
	}
	keys, err := c.keys(ctx, e)
	if err != nil {
		return err
	}
	if keys != nil || c.NoJWKS {
		in.JWKS = &keys
	}
	return on(ctx, e.ChangeTables, func(ctx context.Context, all *clients.Clients) error {
		changed, err := all.Update(ctx, c.ID, in)
		if err != nil {
			return known(err)
		}
		return c.Answer(e.Terminal, newClient(changed), func() error { return describe(e.Terminal, changed, nil) })
	})
}

// cleared returns an empty list for one empty value, and nil for none.
func cleared(values []string) []string {
	if len(values) == 1 && values[0] == "" {
		return []string{}
	}
	return values
}
