package auth

import (
	"context"

	"gatehouse/auth/client"
	"gatehouse/auth/token"
)

// SessionRefresher rotates refresh tokens.
type SessionRefresher interface {
	// RefreshSession advances the session if the token is its current one, and
	// leaves it as it is if the token is the previous one, within Lifetimes.Replay.
	// The session is that of the application clientID, or a person's own if that is "".
	// It returns [ErrRefreshReused] if it had to end the session, otherwise
	// [ErrRefreshInvalid].
	RefreshSession(ctx context.Context, r *token.Refresh, clientID string, from client.Client, life Lifetimes) (*Session, *User, error)
}

// Refresh exchanges a refresh token for the next pair.
//
// The token that was just replaced gives the same successor for Lifetimes.Replay, and
// longer after an outage, unless the successor was used. An older one ends its session and is
// [ErrRefreshReused] (RFC 9700, 4.14.2). Any other text is [ErrRefreshInvalid].
func (s *Sessions) Refresh(ctx context.Context, text string) (*Tokens, error) {
	r, err := s.Issuer.Secrets.ParseRefresh(text)
	if err != nil {
		return nil, ErrRefreshInvalid
	}
	signing := s.Issuer.SigningKey()
	life := s.Life
	if life.Replay > 0 && s.Outage != nil {
		life.Replay += s.Outage()
	}
	session, user, err := s.Store.RefreshSession(ctx, r, "", client.Of(ctx), life)
	if err != nil {
		return nil, &SubjectError{SessionID: r.SessionID, Err: err}
	}
	tokens, err := s.Issuer.tokens(ctx, signing, session, user)
	if err != nil {
		return nil, err
	}
	if tokens.ended { // a moment ago: the client has to log in
		return nil, &SubjectError{UserID: user.ID, SessionID: session.ID, Err: ErrRefreshInvalid}
	}
	return tokens, nil
}

// Logout ends the caller's session and those of the refresh tokens: a client that
// has logged out keeps no session that it presents. Nothing of them works
// afterwards. Without any session Logout succeeds: the client is logged out. It
// returns the sessions of the refresh tokens.
func (s *Sessions) Logout(ctx context.Context, refresh ...string) (ended []string, err error) {
	own := ""
	if p := Caller(ctx); p != nil && p.SessionID != nil {
		own = *p.SessionID
		if err := s.Store.EndSession(ctx, own); err != nil {
			return nil, err
		}
		s.revoked(own)
	}
	for _, text := range refresh {
		r, err := s.Issuer.Secrets.ParseRefresh(text)
		if err != nil || r.SessionID == own { // a text that is not a refresh token has no session
			continue
		}
		if err := s.Store.EndSessionOf(ctx, r); err != nil {
			return ended, err
		}
		ended = append(ended, r.SessionID)
	}
	return ended, nil
}
