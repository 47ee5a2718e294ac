package auth

import (
	"context"
	"errors"
	"testing"

	"gatehouse/auth/factor"
)

// challenges makes challenges, and counts them.
type challenges struct{ made int }

func (c *challenges) Challenge(context.Context, *User) (*factor.Challenge, *factor.ChallengeError, error) {
	c.made++
	return &factor.Challenge{ID: "challenge"}, &factor.ChallengeError{Token: "token"}, nil
}

// TestAdmit: a session is opened, or a challenge stored in its place.
func TestAdmit(t *testing.T) {
	one, both := []string{"pwd"}, []string{"pwd", "otp", "mfa"}
	needed := (*factor.ChallengeError)(nil)
	tests := []struct {
		name      string
		user      User
		amr       []string
		kind      SessionKind
		rule      factor.Rule
		added     bool // a second factor is set up before the session is stored
		opened    int  // how often the store is asked
		challenge bool
		err       error
	}{
		{"no second factor", User{}, one, OwnSession, factor.Optional, false, 1, false, nil},
		{"a second factor, not given", User{SecondFactor: true}, one, OwnSession, factor.Optional, false, 1, true, nil},
		{"a second factor, given", User{SecondFactor: true}, both, OwnSession, factor.Optional, false, 1, false, nil},
		{"a second factor, set up meanwhile", User{}, one, OwnSession, factor.Optional, true, 2, true, nil},
		{"a second factor, though none is offered", User{SecondFactor: true}, one, OwnSession, factor.Off, false, 1, true, nil},
		{"required and missing, in one's own session", User{}, one, OwnSession, factor.Required, false, 1, false, nil},
		{"required and missing, at the sign-in page", User{}, one, SignInSession, factor.Required, false, 0, false, factor.ErrNone},
		{"required and missing, for an application", User{}, one, ApplicationSession, factor.Required, false, 0, false, factor.ErrNone},
		{"required of administrators", User{Roles: []string{RoleAdmin}}, one, SignInSession, factor.Admins, false, 0, false, factor.ErrNone},
		{"required of others", User{Roles: []string{RoleUser}}, one, SignInSession, factor.Admins, false, 1, false, nil},
		{"required, and given by a passkey", User{SecondFactor: true}, []string{"swk", "user", "mfa"}, SignInSession, factor.Required, false, 1, false, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			made, opened := &challenges{}, 0
			s := &Sessions{Issuer: &Issuer{Callers: &Callers{Rule: tt.rule}}, SecondFactors: made}
			session := &Session{Kind: tt.kind, AMR: tt.amr}
			_, err := s.Admit(t.Context(), &tt.user, session, func(session *Session) (*User, error) {
				if opened++; tt.added && session.Challenge == nil {
					return nil, factor.ErrMissing
				}
				return &tt.user, nil
			})
			if challenged := errors.As(err, &needed); challenged != tt.challenge || !challenged && !errors.Is(err, tt.err) || tt.err == nil && !challenged && err != nil {
				t.Errorf("error %v", err)
			}
			if opened != tt.opened || (session.Challenge != nil) != tt.challenge || made.made == 1 != tt.challenge {
				t.Errorf("asked the store %d times, made %d challenges, stored %v", opened, made.made, session.Challenge)
			}
		})
	}
	refused := errors.New("refused")
	s := &Sessions{Issuer: &Issuer{Callers: &Callers{}}, SecondFactors: &challenges{}}
	_, err := s.Admit(t.Context(), &User{SecondFactor: true}, &Session{AMR: one}, func(*Session) (*User, error) { return nil, refused })
	if !errors.Is(err, refused) {
		t.Errorf("a challenge that is not stored: %v", err)
	}
}
