package auth

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth/client"
	"gatehouse/auth/factor"
	"gatehouse/auth/revocation"
	"gatehouse/auth/token"
)

// A Limit restricts a session to scopes that were asked for at login, for as long
// as the session lasts.
type Limit struct {
	Scopes []string // sorted; may be empty
}

// A SessionKind says whose tokens a session has.
type SessionKind string

// The kinds of sessions.
const (
	OwnSession         SessionKind = "own"         // of a person, by GraphQL
	SignInSession      SessionKind = "sign_in"     // of a browser at the sign-in page, without tokens
	ApplicationSession SessionKind = "application" // of a client that acts for the person
	ServiceSession     SessionKind = "service"     // of a client that acts as its service account
)

// A Session is one login. Its tokens refer to it.
type Session struct {
	ID            string // UUIDv7
	UserID        string
	Kind          SessionKind
	ClientID      string   // "" in a session of the kinds own and sign_in
	Resources     []string // identifiers of the services that its tokens may be for (RFC 8707); empty: this one
	Parent        string   // the sign-in page's session in which the client was allowed; "" for none
	Seed          []byte   // random; the part of a refresh token's proof that only the database has
	Counter       int64    // of the current refresh token
	Generation    int      // a new password raises it
	Limit         *Limit   // nil for none
	AuthTime      time.Time
	AMR           []string // how the person was authenticated (RFC 8176)
	CreatedAt     time.Time
	LastUsedAt    time.Time         // when it was refreshed, or opened
	ExpiresAt     time.Time         // if it is not used any more
	Current       bool              // the request belongs to it
	Challenge     *factor.Challenge // stored in place of the session; nil: the session is
	client.Client                   // of the last refresh, or of the login
}

// Lifetimes say when a session ends by itself, and how long a refresh token that
// was just replaced still works.
type Lifetimes struct {
	Idle     time.Duration // since the last refresh
	SignIn   time.Duration // since the last use of a session of the sign-in page
	Absolute time.Duration // since the login
	Replay   time.Duration // 0: a replaced token never works
	PerUser  int           // sessions that an account may have; the oldest ones end
}

// end returns when a session ends if it is not used any more.
func (l Lifetimes) end(s *Session) time.Time {
	l = l.Of(s.Kind)
	idle, absolute := s.LastUsedAt.Add(l.Idle), s.CreatedAt.Add(l.Absolute)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}

// signInAbsolute is how long a session of the sign-in page lasts at most.
const signInAbsolute = 30 * 24 * time.Hour

// Of returns the lifetimes of a kind of session.
func (l Lifetimes) Of(kind SessionKind) Lifetimes {
	if kind == SignInSession {
		l.Idle, l.Absolute = l.SignIn, min(l.Absolute, signInAbsolute)
	}
	return l
}

// SessionStore persists sessions.
type SessionStore interface {
	SessionOpener
	SessionRefresher
	SessionEnder
}

// Sessions logs accounts in and out.
type Sessions struct {
	Store       SessionStore
	Passwords   *Passwords
	Issuer      *Issuer
	Revocations *RevocationCache
	Life        Lifetimes
	Outage      func() time.Duration // by how much Life.Replay is longer now; nil: never
	Closed      bool                 // registration is closed
	PasswordOff bool                 // no one logs in with a password
	// SecondFactors is asked to challenge accounts that have a second factor.
	SecondFactors SecondFactors
	// VerifiedOnly refuses to log in an account whose address is not proved.
	VerifiedOnly bool
	// Unproved, if not nil, is called when an account was registered, in the session, and
	// when one may not log in ("") because its address is not proved.
	Unproved func(ctx context.Context, u *User, sessionID string)
	Now      func() time.Time
	// PasswordChanged, if not nil, is called when an account has set a new password.
	PasswordChanged func(u *User)
}

// newSession returns a session of the account's own that begins now. It returns an
// [*InputError] for scopes that the account's roles don't grant.
func (s *Sessions) newSession(ctx context.Context, u *User, amr, scopes []string) (*Session, error) {
	limit, err := s.limit(u, scopes)
	if err != nil {
		return nil, err
	}
	session := NewSession(ctx, s.Now(), u.ID, OwnSession)
	session.AMR, session.Limit = amr, limit
	return session, nil
}

// NewSession returns a session of the request's client that begins now, with a password
// just given.
func NewSession(ctx context.Context, now time.Time, userID string, kind SessionKind) *Session {
	now = now.UTC()
	return &Session{
		ID: newID(now), UserID: userID, Kind: kind, Seed: newSeed(),
		AuthTime: now, AMR: byPassword, CreatedAt: now, LastUsedAt: now, Client: client.Of(ctx),
	}
}

// newID returns a UUIDv7 of that time (RFC 9562, 5.7).
func newID(at time.Time) string {
	id := uuid.Must(uuid.NewV7())
	binary.BigEndian.PutUint32(id[:], uint32(at.UnixMilli()>>16))
	binary.BigEndian.PutUint16(id[4:], uint16(at.UnixMilli()))
	return id.String()
}

func newSeed() []byte {
	seed := make([]byte, token.RefreshSeedSize)
	_, _ = rand.Read(seed) // never fails (crypto/rand)
	return seed
}

// maxSessionPage is how many sessions a list holds at most.
const maxSessionPage = 100

// SessionEnder lists and ends sessions.
type SessionEnder interface {
	// LivingSessions returns the account's sessions that have not ended, the last
	// used first, at most limit. They come without their seeds.
	LivingSessions(ctx context.Context, userID string, life Lifetimes, limit int) ([]*Session, error)
	// EndSession ends a session, if it has not ended.
	EndSession(ctx context.Context, id string) error
	// EndSessionOf ends the session of the refresh token, if the token was issued in
	// it.
	EndSessionOf(ctx context.Context, r *token.Refresh) error
	// RevokeSession ends a session of the account, if it has not ended. It returns
	// [ErrSessionNotFound] if the account has no session with the id.
	RevokeSession(ctx context.Context, userID, id string) error
	// RevokeSessions ends the account's sessions except the one given, and returns
	// how many. It returns [ErrUserNotFound] if no account has the id.
	RevokeSessions(ctx context.Context, userID, except string) (int, error)
}

// Of returns the account's sessions that have not ended, the last used first, at
// most first: 0 to 100, the default. It returns an [*InputError] if first is out
// of range.
func (s *Sessions) Of(ctx context.Context, u *User, first *int) ([]*Session, error) {
	limit := maxSessionPage
	if first != nil {
		limit = *first
	}
	if limit < 0 || limit > maxSessionPage {
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

// Revoke ends one of the caller's own sessions and returns its id. It returns
// [ErrSessionNotFound], and an [*InputError] if the id is not a UUID.
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
	s.revoked(id)
	return id, nil
}

// RevokeOthers ends all sessions of the caller except the request's own, and
// returns how many.
func (s *Sessions) RevokeOthers(ctx context.Context) (int, error) {
	p, err := caller(ctx)
	if err != nil {
		return 0, err
	}
	keep := "" // an API key is in no session
	switch {
	case p.SessionID != nil:
		keep = *p.SessionID
	case p.KeyID == "":
		return 0, ErrSessionEnded
	}
	return s.Store.RevokeSessions(ctx, p.ID, keep)
}

// RevokeAll ends all sessions of an account and returns how many. It returns
// [ErrUserNotFound], and an [*InputError] if the id is not a UUID.
func (s *Sessions) RevokeAll(ctx context.Context, userID string) (int, error) {
	id, err := parseID("userId", userID)
	if err != nil {
		return 0, err
	}
	return s.Store.RevokeSessions(ctx, id, "")
}

// revoked makes this replica refuse the session's tokens at once, also if another
// replica ended it a moment ago and this one has not heard of it yet.
func (s *Sessions) revoked(id string) {
	s.Revocations.Apply(revocation.Change{Session: id, At: s.Now()})
}
