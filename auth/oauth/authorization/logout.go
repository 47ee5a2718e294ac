package authorization

import (
	"context"
	"net/url"

	"gatehouse/auth/oauth/clients"
)

// A Logout is what becomes of a request to log out (RP-Initiated Logout 1.0).
type Logout struct {
	Done     bool            // false: the person is asked first
	Person   *SignedIn       // to be logged out; nil if they are not logged in
	Client   *clients.Client // that sent them; nil if it is not known
	Location string          // where they go afterwards; "": a page says that they are logged out
	Locales  []string
}

// LogOut ends the browser's session, and those of the applications that were allowed in it,
// if the application proves with an ID token that it knows the person, or if the person has
// confirmed it. Without a session there is nothing to ask. It returns a [*PageError] for
// an address that the client has not registered.
func (s *Service) LogOut(ctx context.Context, form url.Values, b Browser, confirmed bool) (*Logout, error) {
	hint := s.logoutHint(ctx, form)
	out, err := s.readLogout(form, hint)
	if err != nil {
		return nil, err
	}
	if out.Person, err = s.signedIn(ctx, b); err != nil {
		return nil, err
	}
	known := hint != nil && (out.Person == nil || hint.Subject == out.Person.UserID)
	if out.Person != nil && !known && !confirmed {
		return out, nil
	}
	out.Done = true
	if out.Person != nil {
		if err := s.Store.EndSignIn(ctx, out.Person.UserID, out.Person.SessionID); err != nil {
			return nil, err
		}
	}
	if known && hint.SessionID != "" {
		return out, s.Store.EndSignIn(ctx, hint.Subject, hint.SessionID)
	}
	return out, nil
}

// logoutHint reads id_token_hint; nil: it is missing, or not one of ours.
func (s *Service) logoutHint(ctx context.Context, form url.Values) *Hint {
	text := form.Get("id_token_hint")
	if text == "" || len(text) > maxHint {
		return nil
	}
	hint, err := s.Hints.Hint(ctx, text)
	if err != nil {
		return nil
	}
	return hint
}

// readLogout finds the client, and where the person goes afterwards.
func (s *Service) readLogout(form url.Values, hint *Hint) (*Logout, error) {
	out := &Logout{Locales: locales(form)}
	bad := &PageError{Problem: BadLogout, Locales: out.Locales}
	for _, name := range []string{"id_token_hint", "client_id", "post_logout_redirect_uri", "state"} {
		if len(form[name]) > 1 {
			return nil, bad
		}
	}
	id := form.Get("client_id")
	if hint != nil {
		if id != "" && id != hint.ClientID {
			return nil, bad
		}
		id = hint.ClientID
	}
	client, known := s.Clients.Client(id)
	if known && !client.Disabled {
		out.Client = client
	} else if form.Get("client_id") != "" {
		return nil, bad
	}
	uri := form.Get("post_logout_redirect_uri")
	if uri == "" {
		return out, nil
	}
	bad.Client = out.Client
	if out.Client == nil || !out.Client.LogsOutTo(uri) || state(form) == nil && form.Get("state") != "" {
		return nil, bad
	}
	out.Location = withState(uri, state(form))
	return out, nil
}

// withState returns a URI with the client's state, if it sent one.
func withState(uri string, state []byte) string {
	if len(state) == 0 {
		return uri
	}
	return join(uri, url.Values{"state": {string(state)}})
}
