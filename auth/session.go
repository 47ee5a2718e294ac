package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth/policy"
	"gatehouse/auth/token"
)

// A Limit is what a session asked for when it asked for fewer scopes than its roles grant. It lasts as long as the session.
type Limit struct {
	Scopes []string // sorted; may be empty
}

// A Session is one login: what its tokens refer to.
type Session struct {
	ID         string // UUIDv7
	UserID     string
	Seed       []byte // random; the part of a refresh token's proof that only the database has
	Counter    int64  // of the refresh token that is good now
	Generation int    // raised by a new password
	Limit      *Limit // nil for none
	AuthTime   time.Time
	AMR        []string // how the person was authenticated (RFC 8176)
	CreatedAt  time.Time
	LastUsedAt time.Time // when it was refreshed, or opened
	ExpiresAt  time.Time // if it is not used any more
	Current    bool      // the request comes from it
	Sender               // of the last refresh, or of the login
}

// Lifetimes say when a session that nobody ended is over, and for how long a refresh token that was just replaced is forgiven.
type Lifetimes struct {
	Idle     time.Duration // since the last refresh
	Absolute time.Duration // since the login
	Replay   time.Duration // 0: a replaced token is never forgiven
	PerUser  int           // how many sessions an account may have; the oldest end
}

// SessionStore is what sessions need remembered. It has a method for each step that must be atomic.
type SessionStore interface {
	RevocationStore
	// OpenSession logs the account in: it keeps s, ends the oldest sessions over the limit, and returns the account.
	// ErrInvalidCredentials unless the account is enabled and its password still has that hash.
	OpenSession(ctx context.Context, s *Session, hash string, life Lifetimes) (*User, error)
	// CreateUser keeps a new account, and a first session of it if there is one. A taken address is a *ConflictError.
	CreateUser(ctx context.Context, c *Credential, key string, s *Session) error
	// RefreshSession advances the session by one if the token is its current one, and leaves it alone if it is the one before, within
	// Lifetimes.Replay. ErrRefreshReused if it had to end the session, ErrRefreshInvalid for all else.
	RefreshSession(ctx context.Context, r *token.Refresh, from Sender, life Lifetimes) (*Session, *User, error)
	// EndSession ends a session, if it is one that goes on.
	EndSession(ctx context.Context, id string) error
	// EndSessionOf ends the session that the refresh token belongs to, if the token was ever one of it.
	EndSessionOf(ctx context.Context, r *token.Refresh) error
	// ReplacePassword sets the new hash where the old one still stands, ends all sessions of the account but s, and begins a new
	// generation of s with the seed given. ErrInvalidCredentials if the old one does not; ErrSessionEnded if s has ended.
	ReplacePassword(ctx context.Context, userID, old, hash, sessionID string, seed []byte) (*Session, *User, error)
}

// Sessions logs people in and out.
type Sessions struct {
	Store     SessionStore
	Passwords *Passwords
	Issuer    *Issuer
	Live      *Live
	Life      Lifetimes
	Closed    bool // nobody may register
	Now       func() time.Time
	// Changed, if set, hears that an account has a new password.
	Changed func(u *User)
}

// RegisterInput is what it takes to register.
type RegisterInput struct {
	Email    string
	Password string
	Name     *string
}

// LoginInput is what it takes to log in.
type LoginInput struct {
	Email    string
	Password string
	Scopes   []string // nil: all that the roles grant
}

// ChangePasswordInput is what it takes to set a new password.
type ChangePasswordInput struct {
	CurrentPassword string
	NewPassword     string
}

// Register makes an account with the role user and logs it in.
func (s *Sessions) Register(ctx context.Context, in RegisterInput) (*Tokens, error) {
	if s.Closed {
		return nil, ErrRegistrationClosed
	}
	c, key, err := s.Passwords.newCredential(ctx, in.Email, in.Password, in.Name, []string{RoleUser}, s.Now())
	if err != nil {
		return nil, err
	}
	session, signing := s.open(ctx, c.User.ID, nil), s.Issuer.SigningKey()
	if err := s.Store.CreateUser(ctx, c, key, session); err != nil {
		return nil, err
	}
	c.User.LastLoginAt = &c.User.CreatedAt
	return s.Issuer.tokens(ctx, signing, session, c.User)
}

// Login opens a session for whoever knows the password. ErrInvalidCredentials whatever is wrong; an *InputError for scopes that the
// account's roles do not grant, which only somebody who knows the password learns.
func (s *Sessions) Login(ctx context.Context, in LoginInput, uses ...policy.Use) (*Tokens, error) {
	c, err := s.Passwords.check(ctx, in.Email, in.Password, uses)
	if err != nil {
		return nil, err
	}
	limit, err := s.limit(c.User, in.Scopes)
	if err != nil {
		return nil, err
	}
	session, signing := s.open(ctx, c.User.ID, limit), s.Issuer.SigningKey()
	user, err := s.Store.OpenSession(ctx, session, c.Hash, s.Life)
	if err != nil {
		return nil, err
	}
	return s.Issuer.tokens(ctx, signing, session, user)
}

// limit judges the scopes asked for at login.
func (s *Sessions) limit(u *User, asked []string) (*Limit, error) {
	if asked == nil {
		return nil, nil
	}
	granted := s.Live.Grant(u.Roles, nil)
	for _, scope := range asked {
		if !slices.Contains(granted, scope) {
			return nil, &InputError{Field: "input.scopes", Message: "Your roles do not grant every scope you ask for."}
		}
	}
	scopes := slices.Clone(asked)
	slices.Sort(scopes)
	return &Limit{Scopes: slices.Compact(scopes)}, nil
}

// open makes a session of this moment for the sender of the request.
func (s *Sessions) open(ctx context.Context, userID string, limit *Limit) *Session {
	x, now := exchange(ctx), s.Now()
	return &Session{
		ID: uuid.Must(uuid.NewV7()).String(), UserID: userID, Seed: newSeed(), Limit: limit,
		AuthTime: now, AMR: []string{"pwd"}, CreatedAt: now, LastUsedAt: now, Sender: x.Sender,
	}
}

func newSeed() []byte {
	seed := make([]byte, token.RefreshSeedSize)
	_, _ = rand.Read(seed) // never fails (crypto/rand)
	return seed
}

// Refresh exchanges a refresh token for the next pair; without an argument, the one in the cookie.
//
// The token that was just replaced is answered with the same successor for Lifetimes.Replay, unless the successor was used. Any older one
// ends its session and is ErrRefreshReused (RFC 9700, 4.14.2). All else that is no current token is ErrRefreshInvalid.
func (s *Sessions) Refresh(ctx context.Context, given *string) (*Tokens, error) {
	x := exchange(ctx)
	text := x.Cookie
	if given != nil {
		if x.Cookie != "" {
			return nil, ErrTwoRefreshTokens
		}
		text = *given
	}
	x.UseCookie = x.UseCookie || x.Cookie != "" // what a script could not read stays where it can't
	r, err := s.Issuer.Secrets.ParseRefresh(text)
	if err != nil {
		return nil, ErrRefreshInvalid
	}
	signing := s.Issuer.SigningKey()
	session, user, err := s.Store.RefreshSession(ctx, r, x.Sender, s.Life)
	if err != nil {
		return nil, err
	}
	tokens, err := s.Issuer.tokens(ctx, signing, session, user)
	if errors.Is(err, ErrSessionEnded) { // in this very moment
		return nil, ErrRefreshInvalid
	}
	return tokens, err
}

// Logout ends the caller's session, else that of the refresh token given, else that of the one in the cookie. Nothing of the session works
// afterwards. That there was none is no error: the caller wants to be out, and is.
func (s *Sessions) Logout(ctx context.Context, given *string) error {
	x := exchange(ctx)
	if err := s.end(ctx, x.Cookie, given); err != nil {
		return err // with the cookie still there, to try again
	}
	if x.Cookie != "" {
		x.SetCookie = new(string)
	}
	return nil
}

// end ends the session that Logout means.
func (s *Sessions) end(ctx context.Context, text string, given *string) error {
	if p := Caller(ctx); p != nil && p.SessionID != nil {
		if err := s.Store.EndSession(ctx, *p.SessionID); err != nil {
			return err
		}
		s.ended(*p.SessionID)
		return nil
	}
	if given != nil {
		text = *given
	}
	r, err := s.Issuer.Secrets.ParseRefresh(text)
	if err != nil {
		return nil //nolint:nilerr // what is no refresh token has no session to end
	}
	return s.Store.EndSessionOf(ctx, r)
}

// ended makes this replica refuse the session's tokens from now on, also where another one ended it a moment ago and this one has not heard yet.
func (s *Sessions) ended(id string) { s.Live.Apply(Change{Session: id, At: s.Now()}) }

// ChangePassword sets a new password for the caller. The caller's session goes on with the tokens returned; what it had before, and every
// other session of the account, ends.
func (s *Sessions) ChangePassword(ctx context.Context, in ChangePasswordInput) (*Tokens, error) {
	p, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.Passwords.confirm(ctx, p.ID, in.CurrentPassword)
	if err != nil {
		return nil, err
	}
	hash, err := s.Passwords.choose(ctx, "input.newPassword", in.NewPassword, c.User)
	if err != nil {
		return nil, err
	}
	if p.SessionID == nil {
		return nil, ErrSessionEnded
	}
	signing := s.Issuer.SigningKey()
	session, user, err := s.Store.ReplacePassword(ctx, p.ID, c.Hash, hash, *p.SessionID, newSeed())
	if err != nil {
		return nil, err
	}
	if s.Changed != nil {
		s.Changed(user)
	}
	x := exchange(ctx)
	x.UseCookie = x.UseCookie || x.Cookie != ""
	return s.Issuer.tokens(ctx, signing, session, user)
}
