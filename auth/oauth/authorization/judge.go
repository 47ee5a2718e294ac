package authorization

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
)

// The largest values of parameters, in bytes.
const (
	maxState     = 2048
	maxNonce     = 1024
	maxScopes    = 100
	maxResources = 20
	maxHint      = 8192 // as an access token
)

// source says how a request came.
type source int

const (
	byBrowser source = iota
	pushed           // by the client itself (RFC 9126)
)

// addressee returns the enabled client of a request, and its redirect URI. Until both are
// known nothing is sent anywhere: faults are a [*PageError].
func (s *Service) addressee(form url.Values) (*clients.Client, string, error) {
	client, known := s.Clients.Client(form.Get("client_id"))
	if !known || client.Disabled || len(form["client_id"]) != 1 {
		return nil, "", &PageError{Problem: UnknownClient, Locales: locales(form)}
	}
	uri := form.Get("redirect_uri")
	if len(form["redirect_uri"]) != 1 || !client.RedirectsTo(uri) {
		return nil, "", &PageError{Problem: BadRedirect, Client: client, Locales: locales(form)}
	}
	return client, uri, nil
}

// judge returns the request that the parameters make, or an [*oauth.Error] for the client.
func (s *Service) judge(ctx context.Context, client *clients.Client, uri string, form url.Values, from source) (*Request, error) {
	if err := judgeForm(client, form, from); err != nil {
		return nil, err
	}
	r := &Request{
		ID: uuid.NewString(), ClientID: client.ID, RedirectURI: uri, State: state(form), Nonce: form.Get("nonce"),
		LoginHint: loginHint(form), Locales: locales(form), AskedAt: s.Now().UTC(),
	}
	for _, read := range []func(*clients.Client, url.Values, *Request) error{
		readPrompt, s.readScopes, s.readResources, readNonce, readChallenge,
	} {
		if err := read(client, form, r); err != nil {
			return nil, err
		}
	}
	return r, s.readHint(ctx, client, form, r)
}

// judgeForm judges what a request is before what it asks for.
func judgeForm(client *clients.Client, form url.Values, from source) error {
	for name, values := range form {
		if len(values) > 1 && name != "resource" && !ignored(name) {
			return invalid("A parameter is repeated. Send each one once; only resource may be repeated.")
		}
	}
	switch {
	case len(form.Get("state")) > maxState:
		return invalid("The parameter state is too long. Send at most 2048 bytes.")
	case form.Get("request") != "":
		return refusal(oauth.RequestNotSupported, "Request objects are not supported. Send the parameters themselves, or push them.")
	case form.Get("request_uri") != "":
		return refusal(oauth.RequestURINotSupported, "Only a request_uri of the pushed authorization request endpoint is supported.")
	case client.PushedRequests && from != pushed:
		return invalid("This client has to push its requests. Send them to the pushed authorization request endpoint first.")
	case form.Get("response_type") == "":
		return invalid("The parameter response_type is missing. Send response_type=code.")
	case form.Get("response_type") != "code":
		return refusal(oauth.UnsupportedResponseType, "Only response_type=code is supported, with PKCE.")
	case form.Get("response_mode") != "" && form.Get("response_mode") != "query":
		return invalid("Only response_mode=query is supported. Leave the parameter out.")
	case !client.Has(clients.AuthorizationCode):
		return refusal(oauth.UnauthorizedClient, "This client may not use the authorization code grant.")
	}
	return nil
}

// inFragment reports whether a client that sends the response type looks for the answer
// in the fragment (OAuth 2.0 Multiple Response Types, 5).
func inFragment(form url.Values) bool {
	if form.Get("response_mode") != "" {
		return form.Get("response_mode") == "fragment" && form.Get("response_type") != "code"
	}
	types := strings.Fields(form.Get("response_type"))
	return slices.Contains(types, "token") || slices.Contains(types, "id_token")
}

// readPrompt reads prompt and max_age.
func readPrompt(_ *clients.Client, form url.Values, r *Request) error {
	r.Prompt = distinct(words(form.Get("prompt")))
	for _, name := range r.Prompt {
		if !slices.Contains([]string{promptNone, promptLogin, promptConsent, promptSelect}, name) {
			return invalid("The parameter prompt is one or more of login, consent and select_account, or none.")
		}
	}
	if r.prompts(promptNone) && len(r.Prompt) > 1 {
		return invalid("The value none of the parameter prompt stands alone.")
	}
	if text := form.Get("max_age"); text != "" {
		const longest = 100 * 365 * 24 * 60 * 60 // in seconds, as long as a time can be
		age, err := strconv.ParseUint(text, 10, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return invalid("The parameter max_age is a whole number of seconds.")
		}
		seconds := int64(min(age, longest))
		r.MaxAge = &seconds
	}
	return nil
}

// readScopes reads the scopes: of those asked for, the ones that the client may have.
func (s *Service) readScopes(client *clients.Client, form url.Values, r *Request) error {
	asked := words(form.Get("scope"))
	for _, name := range asked {
		if strings.ContainsFunc(name, func(c rune) bool { return c < 0x21 || c > 0x7e || c == '"' || c == '\\' }) {
			return refusal(oauth.InvalidScope, "The parameter scope has a character that no scope has.")
		}
	}
	if asked = distinct(asked); len(asked) > maxScopes {
		return refusal(oauth.InvalidScope, "The parameter scope names too many scopes. Ask for at most 100.")
	}
	if len(asked) == 0 {
		asked = slices.DeleteFunc(slices.Clone(client.Scopes), func(name string) bool { return name == oauth.OfflineAccess })
	}
	for _, name := range asked {
		if s.mayHave(client, name) {
			r.Scopes = append(r.Scopes, name)
		}
	}
	slices.Sort(r.Scopes)
	if len(r.Scopes) == 0 {
		return refusal(oauth.InvalidScope, "The client may have none of the scopes. Ask for scopes that it is registered for.")
	}
	return nil
}

// mayHave reports whether the client may have the scope.
func (s *Service) mayHave(client *clients.Client, name string) bool {
	if name == oauth.OfflineAccess && !client.Has(clients.RefreshToken) {
		return false
	}
	return slices.Contains(client.Scopes, name)
}

// readResources reads the services that tokens are to be for (RFC 8707).
func (s *Service) readResources(client *clients.Client, form url.Values, r *Request) error {
	for _, identifier := range form["resource"] {
		if identifier == "" {
			continue
		}
		registered, may := s.resource(client, identifier)
		if !may || len(r.Resources) == maxResources {
			return refusal(oauth.InvalidTarget, "The client may not ask for tokens for one of the resources.")
		}
		r.Resources = append(r.Resources, registered)
	}
	r.Resources = distinct(r.Resources)
	slices.Sort(r.Resources)
	if len(r.Resources) == 1 && r.Resources[0] == s.Audience {
		r.Resources = nil
	}
	return nil
}

// resource returns the registered form of an identifier, if the client may have tokens for it.
func (s *Service) resource(client *clients.Client, identifier string) (string, bool) {
	if clients.SameResource(identifier, s.Audience) {
		return s.Audience, true
	}
	found, known := s.Clients.Resource(identifier)
	if !known || !slices.Contains(client.Resources, found.Identifier) {
		return "", false
	}
	return found.Identifier, true
}

// readNonce judges the nonce, which goes into the ID token.
func readNonce(_ *clients.Client, _ url.Values, r *Request) error {
	if len(r.Nonce) > maxNonce || !printable(r.Nonce) {
		return invalid("The parameter nonce is too long or has control characters. Send at most 1024 letters and digits.")
	}
	return nil
}

// readChallenge reads the code challenge (RFC 7636, 4.3). Without one, only a confidential
// client that is registered so goes on, if it sends a nonce (OAuth 2.1, 4.1.2.1).
func readChallenge(client *clients.Client, form url.Values, r *Request) error {
	challenge, method := form.Get("code_challenge"), form.Get("code_challenge_method")
	switch {
	case challenge == "" && method != "":
		return invalid("The parameter code_challenge is missing. Send it with code_challenge_method=S256.")
	case challenge == "" && (client.PKCE || client.Kind != clients.Confidential):
		return invalid("PKCE is required. Send code_challenge, and code_challenge_method=S256.")
	case challenge == "" && (r.Nonce == "" || !slices.Contains(r.Scopes, oauth.OpenID)):
		return invalid("Without PKCE, send the scope openid and a nonce.")
	case challenge == "":
		return nil
	case method != "S256":
		return invalid("Only code_challenge_method=S256 is supported.")
	case len(challenge) != 43 || strings.Trim(challenge, base64URL) != "":
		return invalid("The parameter code_challenge is SHA-256 of the verifier: 43 characters of base64url, without padding.")
	}
	r.Challenge = challenge
	return nil
}

const base64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// readHint reads id_token_hint. One that we can't read names no person that is logged in;
// it matters only where nothing can be asked.
func (s *Service) readHint(ctx context.Context, client *clients.Client, form url.Values, r *Request) error {
	text := form.Get("id_token_hint")
	if text == "" {
		return nil
	}
	if len(text) <= maxHint {
		if hint, err := s.Hints.Hint(ctx, text); err == nil && hint.ClientID == client.ID {
			r.Subject = hint.Subject
			return nil
		}
	}
	if r.prompts(promptNone) {
		return refusal(oauth.LoginRequired, "The ID token in id_token_hint is not one of this client's.")
	}
	return nil
}

func invalid(description string) *oauth.Error { return refusal(oauth.InvalidRequest, description) }

func refusal(code oauth.ErrorCode, description string) *oauth.Error {
	return &oauth.Error{Code: code, Description: description}
}
