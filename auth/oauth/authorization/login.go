package authorization

import (
	"context"
	"errors"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/factor/desk"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/policy"
)

// A Login is what the log-in page shows.
type Login struct {
	Request *Request
	Client  *clients.Client
	Email   string // to begin with; "" for none
}

// signedIn returns the browser's session, nil without one.
func (s *Service) signedIn(ctx context.Context, b Browser) (*SignedIn, error) {
	if b.SignIn == "" {
		return nil, nil
	}
	cookie, err := s.Secrets.ParseSignIn(b.SignIn)
	if err != nil {
		return nil, nil //nolint:nilerr // a text that is no cookie of ours has no session
	}
	in, err := s.Store.SignedIn(ctx, cookie, s.Life.Of(auth.SignInSession))
	if errors.Is(err, auth.ErrNotFound) {
		return nil, nil
	}
	return in, err
}

// Login returns what the log-in page shows for the request, or the step that comes instead.
// It returns a [*PageError].
func (s *Service) Login(ctx context.Context, id string, b Browser) (*Login, *Step, error) {
	r, client, step, err := s.pending(ctx, id, b)
	if err != nil || step != nil {
		return nil, step, err
	}
	return &Login{Request: r, Client: client, Email: r.LoginHint}, nil, nil
}

// LogIn opens a session of the sign-in page for the person with the password, in place of
// the browser's present one, and returns its cookie and what comes next. uses are what the
// schema limits. It returns the errors of [auth.Sessions.ByPassword], and a [*PageError].
func (s *Service) LogIn(
	ctx context.Context, id string, b Browser, email, password string, uses []policy.Use,
) (cookie string, step *Step, err error) {
	return s.logIn(ctx, id, b, func(ctx context.Context) (*auth.Session, *auth.User, error) {
		return s.Sessions.ByPassword(ctx, auth.PasswordLogin{
			Email: email, Password: password, Uses: uses, Life: s.Life.Of(auth.SignInSession),
			Session: func(u *auth.User) (*auth.Session, error) {
				return auth.NewSession(ctx, s.Now(), u.ID, auth.SignInSession), nil
			},
		})
	})
}

// AnswerChallenge is LogIn with a second factor, after the password. It returns the errors of
// [desk.Desk.SignIn], and a [*PageError].
func (s *Service) AnswerChallenge(ctx context.Context, id string, b Browser, in desk.AnswerInput) (cookie string, step *Step, err error) {
	return s.logIn(ctx, id, b, func(ctx context.Context) (*auth.Session, *auth.User, error) { return s.Factors.SignIn(ctx, in) })
}

// logIn opens a session of the sign-in page.
func (s *Service) logIn(
	ctx context.Context, id string, b Browser, open func(context.Context) (*auth.Session, *auth.User, error),
) (cookie string, step *Step, err error) {
	r, _, step, err := s.pending(ctx, id, b)
	if err != nil || step != nil {
		return "", step, err
	}
	before, err := s.signedIn(ctx, b)
	if err != nil {
		return "", nil, err
	}
	session, user, err := open(client.With(ctx, b.Client))
	if err != nil {
		return "", nil, err
	}
	if cookie, err = s.Secrets.IssueSignIn(session.ID, session.Seed); err != nil {
		return "", nil, err
	}
	if before != nil {
		if err := s.Store.ReplaceSignIn(ctx, before.SessionID, session); err != nil {
			return "", nil, err
		}
	}
	in := &SignedIn{SessionID: session.ID, AuthTime: session.AuthTime, AMR: session.AMR, UserID: user.ID, Email: user.Email, Roles: user.Roles}
	if user.Name != nil {
		in.Name = *user.Name
	}
	step, err = s.next(ctx, r, in, b)
	return cookie, step, err
}
