package clients

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/name"
	"gatehouse/auth/oauth"
)

// An Update is what to change in a client. A nil field stays as it is; a pointer to nil
// removes the value.
type Update struct {
	Name                   *string
	URI                    **string
	RedirectURIs           []string
	PostLogoutRedirectURIs []string
	Grants                 []GrantType
	Scopes                 []string
	Operations             *[]string // a pointer to nil: any document
	Resources              []string
	JWKS                   *map[string]any
	AssertionAudience      *AssertionAudience
	FirstParty             *bool
	PKCE                   *bool
	PushedRequests         *bool
	IDTokenAlgorithm       *IDTokenAlgorithm
}

// Update changes a client. What it loses is taken from its tokens. It returns
// [ErrNotFound], [ErrRank], and an [*auth.InputError].
func (c *Clients) Update(ctx context.Context, id string, in Update) (*Client, error) {
	return c.change(ctx, id, func(client *Client) error { return c.apply(auth.Caller(ctx), client, in) })
}

// maxOverlap is how long a secret works at most after another took its place.
const maxOverlap = 7 * 24 * time.Hour

// RotateSecret gives a client another secret. The present one works until the overlap
// ends. It returns [ErrNotFound], [ErrRank], and an [*auth.InputError].
func (c *Clients) RotateSecret(ctx context.Context, id, overlap string) (*NewClient, error) {
	both, err := time.ParseDuration(overlap)
	if err != nil || both < 0 || both > maxOverlap {
		return nil, &auth.InputError{Field: "overlap", Message: "The overlap is 0s to 168h, such as 24h or 90m."}
	}
	text, secret := newSecret()
	changed, err := c.change(ctx, id, func(client *Client) error {
		if client.Kind != Confidential {
			return &auth.InputError{Field: "id", Message: "A public client has no secret, because it could not keep one."}
		}
		now := c.now()
		secrets := []Secret{secret}
		if len(client.Secrets) > 0 && both > 0 {
			secrets = append(secrets, Secret{Digest: client.Secrets[0].Digest, Until: now.Add(both)})
		}
		client.Secrets, client.SecretCreatedAt = secrets, &now
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &NewClient{ClientSecret: &text, Client: changed}, nil
}

// apply changes a client as asked, and checks the result.
func (c *Clients) apply(p *auth.Principal, client *Client, in Update) error {
	before := client.Scopes
	if err := c.applyTexts(client, in); err != nil {
		return err
	}
	if in.Grants != nil {
		client.Grants = in.Grants
	}
	if in.Resources != nil {
		forms, err := c.registeredForms(in.Resources)
		if err != nil {
			return err
		}
		client.Resources = forms
	}
	set(&client.AssertionAudience, in.AssertionAudience)
	set(&client.FirstParty, in.FirstParty)
	set(&client.PKCE, in.PKCE)
	set(&client.PushedRequests, in.PushedRequests)
	set(&client.IDTokenAlgorithm, in.IDTokenAlgorithm)
	if in.JWKS != nil {
		keys, err := parseKeys(*in.JWKS)
		if err != nil {
			return err
		}
		client.JWKS = keys
	}
	if err := c.applyScopes(client, in); err != nil {
		return err
	}
	if err := c.checkScopes(p, client, before); err != nil {
		return err
	}
	return client.check()
}

// applyTexts changes the names and URIs of a client.
func (c *Clients) applyTexts(client *Client, in Update) error {
	if in.Name != nil {
		parsed, err := parseName("name", *in.Name)
		if err != nil {
			return err
		}
		client.Name = parsed
	}
	if in.URI != nil {
		if *in.URI != nil && !isPage(**in.URI) {
			return &auth.InputError{Field: "uri", Message: "Give an https URL of at most 512 bytes without a user name, such as https://app.example.com."}
		}
		client.URI = *in.URI
	}
	if in.RedirectURIs != nil {
		client.RedirectURIs = in.RedirectURIs
	}
	if in.PostLogoutRedirectURIs != nil {
		client.PostLogoutRedirectURIs = in.PostLogoutRedirectURIs
	}
	return nil
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// parseName reads a name that people see when they are asked to allow something.
func parseName(field, text string) (string, error) {
	parsed, err := name.Parse(text)
	switch {
	case err != nil:
		return "", &auth.InputError{Field: field, Message: err.Error()}
	case parsed == "":
		return "", &auth.InputError{Field: field, Message: "Give the name that people see when they are asked to allow it something."}
	}
	return parsed, nil
}

// isPage reports whether a text is the URL of a page that a person may be shown.
func isPage(text string) bool {
	u, err := url.Parse(text)
	return err == nil && len(text) <= maxRedirectURI && plain(text) && strings.HasPrefix(text, "https://") && u.Hostname() != "" &&
		u.User == nil && !strings.ContainsAny(u.Host, "%@")
}

// maxListed is how many redirect URIs, resources or grants a client has at most.
const maxListed = 20

func tooMany(field string) error {
	return &auth.InputError{Field: field, Message: fmt.Sprintf("A client has at most %d of these. Register another client for others.", maxListed)}
}

// check returns an [*auth.InputError] if the client can't be as it is.
func (c *Client) check() error {
	for _, list := range []struct {
		field string
		uris  []string
	}{{"redirectUris", c.RedirectURIs}, {"postLogoutRedirectUris", c.PostLogoutRedirectURIs}} {
		if len(list.uris) > maxListed {
			return tooMany(list.field)
		}
		for i, uri := range list.uris {
			if fault := checkRedirectURI(uri, c.Kind); fault != "" {
				return &auth.InputError{Field: list.field, Message: fmt.Sprintf("The URI number %d %s.", i+1, fault)}
			}
			if slices.Contains(list.uris[:i], uri) {
				return &auth.InputError{Field: list.field, Message: fmt.Sprintf("The URI number %d is there twice: leave it out.", i+1)}
			}
		}
	}
	return c.checkGrants()
}

// checkGrants returns an [*auth.InputError] if the client can't get tokens as it says.
func (c *Client) checkGrants() error {
	slices.Sort(c.Grants)
	c.Grants = slices.Compact(c.Grants)
	fault := func(field, message string) error { return &auth.InputError{Field: field, Message: message} }
	code := c.Has(AuthorizationCode)
	switch {
	case len(c.Grants) == 0:
		return fault("grants", "Give one at least, such as AUTHORIZATION_CODE.")
	case code && len(c.RedirectURIs) == 0:
		return fault("redirectUris", "Give one at least, such as https://app.example.com/callback: that is where people are sent back to.")
	case !code && len(c.RedirectURIs) > 0:
		return fault("redirectUris", "People are only sent back to a client with AUTHORIZATION_CODE. Leave redirectUris out, or add it to grants.")
	case c.Has(RefreshToken) && !code && !c.Has(Password):
		return fault("grants", "REFRESH_TOKEN needs AUTHORIZATION_CODE or PASSWORD: nothing else gives refresh tokens.")
	case c.Has(ClientCredentials) && c.Kind == Public:
		return fault("grants", "CLIENT_CREDENTIALS needs a confidential client: a public one can't keep a secret.")
	case c.Kind == Public && c.JWKS != nil:
		return fault("jwks", "A public client can't keep a private key. Leave jwks out, or register a confidential client.")
	case c.Kind == Public && !c.PKCE:
		return fault("pkce", "A public client needs PKCE. Only a confidential one may go without, and then sends a nonce.")
	}
	return nil
}

// protocol are the scopes that OpenID Connect has, and roles.
var protocol = []string{oauth.OpenID, oauth.Profile, oauth.Email, oauth.Roles, oauth.OfflineAccess}

// applyScopes changes the scopes and documents of a client.
func (c *Clients) applyScopes(client *Client, in Update) error {
	if in.Scopes != nil {
		client.Scopes = in.Scopes
	}
	if in.Operations == nil {
		return nil
	}
	if *in.Operations == nil {
		client.Documents = nil
		return nil
	}
	needed, hashes, err := c.Documents.Needs(*in.Operations, client.delegated())
	if err != nil {
		return &auth.InputError{Field: "operations", Message: err.Error()}
	}
	kept := client.Scopes
	if in.Scopes == nil {
		kept = slices.DeleteFunc(slices.Clone(kept), func(s string) bool { return !slices.Contains(protocol, s) })
	}
	client.Scopes, client.Documents = slices.Concat(kept, needed), hashes
	return nil
}

// renamed returns an error about a field under the name that the field has here.
func renamed(err error, field, here string) error {
	var input *auth.InputError
	if errors.As(err, &input) && input.Field == field {
		return &auth.InputError{Field: here, Message: input.Message}
	}
	return err
}

// now returns the time as PostgreSQL stores it.
func (c *Clients) now() time.Time { return c.Now().UTC().Truncate(time.Microsecond) }
