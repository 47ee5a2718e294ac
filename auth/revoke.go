package auth

import (
	"context"
	"time"
)

// sessionPage is how many sessions are listed at most.
const sessionPage = 100

// RevocationStore is what it takes to list sessions and to end them.
type RevocationStore interface {
	// LivingSessions returns the account's sessions that go on, the last used first, limit of them at most. They lack their seeds.
	LivingSessions(ctx context.Context, userID string, life Lifetimes, limit int) ([]*Session, error)
	// RevokeSession ends a session of the account. Nothing is done to one that has ended. ErrNoSession if the account has none of the id.
	RevokeSession(ctx context.Context, userID, id string) error
	// RevokeSessions ends the account's sessions, all but the one with the id except, and returns how many those were. ErrNotFound for an
	// id that is no account's.
	RevokeSessions(ctx context.Context, userID, except string) (int, error)
}

// Of returns the account's sessions that go on, the last used first. first is how many at most: 0 to 100. An *InputError.
func (s *Sessions) Of(ctx context.Context, u *User, first *int) ([]*Session, error) {
	limit := sessionPage
	if first != nil {
		limit = *first
	}
	if limit < 0 || limit > sessionPage {
		return nil, &InputError{Field: "first", Message: "The list holds 0 to 100 sessions."}
	}
	sessions, err := s.Store.LivingSessions(ctx, u.ID, s.Life, limit)
	if err != nil {
		return nil, err
	}
	p := Caller(ctx)
	for _, session := range sessions {
		session.Current = p != nil && p.SessionID != nil && *p.SessionID == session.ID
		session.ExpiresAt = s.Life.end(session)
	}
	return sessions, nil
}

// end is when a session is over that is not used any more.
func (l Lifetimes) end(s *Session) time.Time {
	idle, absolute := s.LastUsedAt.Add(l.Idle), s.CreatedAt.Add(l.Absolute)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}

// Revoke ends one of the caller's own sessions, and returns its id. ErrNoSession; an *InputError for an id that is no UUID.
func (s *Sessions) Revoke(ctx context.Context, id string) (string, error) {
	p, err := caller(ctx)
	if err != nil {
		return "", err
	}
	id, err = parseID("id", id)
	if err != nil {
		return "", err
	}
	if err := s.Store.RevokeSession(ctx, p.ID, id); err != nil {
		return "", err
	}
	s.ended(id)
	return id, nil
}

// RevokeOthers ends all sessions of the caller but the one of this request, and returns how many those were.
func (s *Sessions) RevokeOthers(ctx context.Context) (int, error) {
	p, err := caller(ctx)
	if err != nil {
		return 0, err
	}
	if p.SessionID == nil {
		return 0, ErrSessionEnded
	}
	return s.Store.RevokeSessions(ctx, p.ID, *p.SessionID)
}

// RevokeAll ends all sessions of an account, and returns how many those were. ErrNotFound; an *InputError for an id that is no UUID.
func (s *Sessions) RevokeAll(ctx context.Context, userID string) (int, error) {
	id, err := parseID("userId", userID)
	if err != nil {
		return 0, err
	}
	return s.Store.RevokeSessions(ctx, id, "")
}
