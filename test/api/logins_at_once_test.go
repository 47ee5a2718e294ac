package api_test

import (
	"sync"
	"testing"

	"gatehouse/test/harness"
)

// Logins of one account at once, over the limit, are all answered, with what is
// selected below them. The newest sessions go on.
func TestLoginsAtOnce(t *testing.T) {
	const rounds, logins = 3, 8
	s := harness.Start(t, "SESSIONS_PER_USER=2", "OPERATION_TIMEOUT=25s") // hashes wait for each other
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	login := `mutation($input: LoginInput!) {
		login(input: $input) { accessToken refreshToken scopes user { id email roles sessions { id current } } } }`
	for range rounds {
		start := make(chan struct{})
		replies := make([]harness.Reply, logins)
		var all sync.WaitGroup
		for i := range replies {
			all.Go(func() {
				<-start
				replies[i] = s.Ask(t, "", login, harness.Credentials(harness.AdaEmail, harness.AdaPassword))
			})
		}
		close(start)
		all.Wait()
		alive := 0
		for _, r := range replies {
			r.Want(t, "")
			if r.Text("login.user.id") != ada.UserID || r.Text("login.user.email") != harness.AdaEmail {
				t.Errorf("answer %s", r.Body)
			}
			session := r.Session("login")
			switch again := s.Ask(t, session.Access, harness.MeOperation, nil); again.Code() {
			case "":
				alive++
			default:
				s.WantEnded(t, session)
			}
		}
		if alive != 2 {
			t.Errorf("%d of the sessions go on; want 2", alive)
		}
		ada = s.Login(t, harness.AdaEmail, harness.AdaPassword)
		s.WantAlive(t, "the next login", ada)
	}
}

// A new password, and a refresh, in the middle of such logins: a request that is
// refused says what to do, and the new password is the account's if the answer says so.
func TestNewPasswordAmongLogins(t *testing.T) {
	const rounds, logins = 2, 5
	s := harness.Start(t, "SESSIONS_PER_USER=2", "OPERATION_TIMEOUT=25s") // hashes wait for each other
	s.Register(t, harness.AdaEmail, harness.AdaPassword)
	change := `mutation($input: ChangePasswordInput!) {
		changePassword(input: $input) { accessToken refreshToken user { id email sessions { id } } } }`
	refresh := `mutation($token: String!) { refresh(refreshToken: $token) { accessToken user { id email sessions { id } } } }`
	passwords := []string{harness.AdaPassword, "nine-loud-bitterns-31"}
	for range rounds {
		old, next := passwords[0], passwords[1]
		ada, other := s.Login(t, harness.AdaEmail, old), s.Login(t, harness.AdaEmail, old)
		var changed, refreshed harness.Reply
		replies := make([]harness.Reply, logins)
		start := make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			<-start
			changed = s.Ask(t, ada.Access, change, harness.Vars{"input": harness.Vars{"currentPassword": old, "newPassword": next}})
		})
		all.Go(func() {
			<-start
			refreshed = s.Ask(t, "", refresh, harness.Vars{"token": other.Refresh})
		})
		for i := range replies {
			all.Go(func() {
				<-start
				replies[i] = s.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, old))
			})
		}
		close(start)
		all.Wait()
		if changed.Code() == "" {
			passwords[0], passwords[1] = next, old
		} else {
			changed.WantReason(t, "UNAUTHENTICATED", "session_ended")
		}
		if refreshed.Code() != "" {
			refreshed.Want(t, "REFRESH_TOKEN_INVALID")
		}
		for _, r := range replies {
			if r.Code() != "" {
				r.Want(t, "INVALID_CREDENTIALS")
			}
			if r.Code() != "" && changed.Code() != "" {
				t.Errorf("a login with the only password: %s", r.Body)
			}
		}
		s.Ask(t, "", harness.LoginOperation, harness.Credentials(harness.AdaEmail, passwords[1])).Want(t, "INVALID_CREDENTIALS")
		s.WantAlive(t, "the next login", s.Login(t, harness.AdaEmail, passwords[0]))
	}
}
