package tokens

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"

	"gatehouse/auth"
	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/token"
)

// A Redemption is what a client presents with a code.
type Redemption struct {
	Code        *token.Code
	ClientID    string
	RedirectURI string
	Challenge   string        // of the code_verifier; "" without one
	Session     *auth.Session // to open; the code says for which account
	Life        auth.Lifetimes
}

// code exchanges an authorization code for tokens (RFC 6749, 4.1.3). The code is used up by its
// own client only, whatever else is wrong.
func (t *Tokens) code(ctx context.Context, r *Request) (*Response, error) {
	switch {
	case r.Client == nil:
		return nil, errNoClient
	case r.Code == "":
		return nil, missingParameter("code")
	}
	code, err := t.Issuer.Secrets.ParseCode(r.Code)
	if err != nil {
		return nil, errCode
	}
	session := t.newSession(ctx, r.Client, "", auth.ApplicationSession)
	signing := t.Issuer.SigningKey()
	redeemed, user, err := t.Codes.RedeemCode(ctx, &Redemption{
		Code: code, ClientID: r.Client.ID, RedirectURI: r.RedirectURI, Challenge: challenge(r.Verifier), Session: session, Life: t.Life,
	})
	switch {
	case errors.Is(err, ErrCodeReused):
		return nil, errCodeReused
	case errors.Is(err, ErrCodeInvalid):
		return nil, errCode
	case err != nil:
		return nil, err
	}
	g := &grant{
		client: r.Client, session: session, user: user, scopes: intersect(redeemed.Scopes, r.Client.Scopes),
		first: true, nonce: redeemed.Nonce, signing: signing,
	}
	// The person has just allowed the scopes: the request can't ask for fewer of them here.
	response, err := t.respond(ctx, g, &Request{Client: r.Client, Resources: r.Resources})
	if err != nil {
		return nil, errors.Join(err, t.Store.EndSession(ctx, session.ID)) // which no token is of
	}
	return t.withRefresh(g, response)
}

// challenge returns the code_challenge of a code_verifier (RFC 7636, 4.2), "" of none. One that
// is not a verifier has none that a request can have.
func challenge(verifier string) string {
	const least, most = 43, 128
	if verifier == "" {
		return ""
	}
	if len(verifier) < least || len(verifier) > most {
		return "not a verifier"
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// withRefresh adds the present refresh token of the session, if the client may go on without the
// person.
func (t *Tokens) withRefresh(g *grant, r *Response) (*Response, error) {
	if !g.client.Has(clients.RefreshToken) || !g.offline() {
		return r, nil
	}
	var err error
	r.RefreshToken, err = t.Issuer.Secrets.IssueApplicationRefresh(g.session.ID, g.session.Counter, g.session.Seed)
	return r, err
}

// offline reports whether the person allowed the client to go on without them.
func (g *grant) offline() bool { return slices.Contains(g.scopes, oauth.OfflineAccess) }
