package token

import "fmt"

// Opaque is what a token says that means nothing to its bearer, as read without a secret.
type Opaque struct {
	Version byte   // RefreshVersion, ApplicationRefreshVersion, CodeVersion or SignInVersion
	ID      string // of the session, or of the code; a UUID
	Counter uint64 // of a refresh token
}

// InspectOpaque reads a refresh token, an authorization code or a cookie of the sign-in page
// without its secret, so that an operator can ask what it belongs to. Anyone can write such a
// text: nothing about it is verified. The error is [ErrInvalid] if the text has the form of none
// of them.
func InspectOpaque(text string) (Opaque, error) {
	if p, err := splitRefresh(text); err == nil {
		return Opaque{p.header[0], p.sessionID.String(), p.counter}, nil
	}
	p, err := splitID(text)
	if err != nil {
		return Opaque{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return Opaque{Version: p.header[0], ID: p.id.String()}, nil
}
