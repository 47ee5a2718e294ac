package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/command/terminal"
	"gatehouse/server"
)

// sessionCommands list and end sessions. A running service refuses the tokens
// of an ended session at once.
type sessionCommands struct {
	List      sessionList      `cmd:"" help:"List the active sessions, the last used first."`
	Revoke    sessionRevoke    `cmd:"" help:"End a session."`
	RevokeAll sessionRevokeAll `cmd:"" help:"End all sessions of an account, or of all accounts."`
}

// An accountOrAll is the optional argument that names an account.
type accountOrAll struct {
	Account *string `arg:"" optional:"" name:"email-or-id" help:"The account's email address or id. The default is all accounts."`
}

// find returns the account, nil for all. An empty argument is not all: it is
// what a shell makes of an unset variable.
func (a accountOrAll) find(ctx context.Context, d *server.Deployment) (*auth.User, error) {
	if a.Account == nil {
		return nil, nil
	}
	op, err := d.Operator()
	if err != nil {
		return nil, err
	}
	return account{*a.Account}.find(ctx, op)
}

// findID returns the account's id, or "" for all accounts.
func (a accountOrAll) findID(ctx context.Context, d *server.Deployment) (string, error) {
	u, err := a.find(ctx, d)
	if err != nil || u == nil {
		return "", err
	}
	return u.ID, nil
}

// sessionLimit is the maximum number of sessions in a list.
const sessionLimit = 1000

type sessionList struct {
	accountOrAll
	terminal.JSONFlag
}

// Run lists sessions.
func (c *sessionList) Run(ctx context.Context, e *Env) error {
	return e.OnTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		id, err := c.findID(ctx, d)
		if err != nil {
			return err
		}
		sessions, err := d.Store.LivingSessions(ctx, id, d.Settings.Lifetimes(), sessionLimit)
		if err != nil {
			return err
		}
		if len(sessions) == sessionLimit {
			e.Terminal.Warnf("these are the %d sessions used last; there may be more", sessionLimit)
		}
		return c.Answer(e.Terminal, sessionsJSON(sessions), func() error { return printSessions(e.Terminal, sessions) })
	})
}

// A sessionJSON is a session in the array that session list --json prints.
type sessionJSON struct {
	ID         string    `json:"id"`
	UserID     string    `json:"userId"`
	CreatedAt  time.Time `json:"createdAt"`
	LastUsedAt time.Time `json:"lastUsedAt"`
	IP         string    `json:"ip"`
	Device     string    `json:"device"`
	UserAgent  string    `json:"userAgent"`
	AMR        []string  `json:"amr"`
}

func sessionsJSON(sessions []*auth.Session) []sessionJSON {
	list := make([]sessionJSON, len(sessions))
	for i, s := range sessions {
		list[i] = sessionJSON{s.ID, s.UserID, s.CreatedAt.UTC(), s.LastUsedAt.UTC(), s.IP, s.Device(), s.UserAgent, s.AMR}
	}
	return list
}

func printSessions(t *terminal.Terminal, sessions []*auth.Session) error {
	table := t.Table("ID", "ACCOUNT", "CREATED", "LAST USED", "ADDRESS", "DEVICE")
	for _, s := range sessions {
		table.Row(s.ID, s.UserID, s.CreatedAt.UTC().Format(time.RFC3339), s.LastUsedAt.UTC().Format(time.RFC3339), s.IP, s.Device())
	}
	return table.Flush()
}

type sessionRevoke struct {
	ID string `arg:"" help:"The session's id."`
}

// Run ends a session of any account.
func (c *sessionRevoke) Run(ctx context.Context, e *Env) error {
	parsed, err := uuid.Parse(c.ID)
	if err != nil {
		return errors.New("a session's id is a UUID, as gatehouse session list prints it")
	}
	id := parsed.String()
	return e.ChangeTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		err := d.Store.RevokeSession(ctx, "", id)
		if errors.Is(err, auth.ErrSessionNotFound) {
			return errors.New("no session has this id")
		}
		if err != nil {
			return err
		}
		return e.Terminal.Printf("session %s has ended", id)
	})
}

type sessionRevokeAll struct {
	accountOrAll
	terminal.Confirmation
	terminal.JSONFlag
}

// An endedJSON is what session revoke-all --json prints.
type endedJSON struct {
	UserID *string `json:"userId"` // null for all accounts
	Ended  int     `json:"ended"`
	Key    *string `json:"key"` // that signs from now on
}

// Help is shown by session revoke-all --help.
func (sessionRevokeAll) Help() string {
	return `Without an account it asks, or needs --yes. Then it logs out all accounts and replaces the signing keys, so that no access token works
any more, not even one of a session that this database doesn't know. Do that after restoring a backup.`
}

// Run ends all sessions of an account, or of all accounts.
func (c *sessionRevokeAll) Run(ctx context.Context, e *Env) error {
	return e.ChangeTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		u, err := c.find(ctx, d)
		if err != nil {
			return err
		}
		if u == nil {
			return c.revokeEvery(ctx, e, d)
		}
		n, err := d.Store.RevokeSessions(ctx, u.ID, "")
		if err != nil {
			return err
		}
		return c.Answer(e.Terminal, endedJSON{UserID: &u.ID, Ended: n}, func() error {
			return e.Terminal.Printf("%s is logged out everywhere: %s ended", u.Label(), terminal.Count(n, "session"))
		})
	})
}

// revokeEvery ends all sessions and replaces the signing keys, once that is
// confirmed: an account that was forgotten on the command line must not log out
// all others.
func (c *sessionRevokeAll) revokeEvery(ctx context.Context, e *Env, d *server.Deployment) error {
	if err := c.Confirm(ctx, e.Terminal, "Log out all accounts and replace the signing keys?"); err != nil {
		return err
	}
	return e.Exclusively(ctx, d, func(ctx context.Context) error {
		n, id, err := endEverySession(ctx, d)
		if err != nil {
			return err
		}
		return c.Answer(e.Terminal, endedJSON{Ended: n, Key: &id}, func() error {
			return e.Terminal.Printf("all accounts are logged out: %s ended; the key %s signs from now on", terminal.Count(n, "session"), id)
		})
	})
}

// endEverySession ends all sessions and replaces the signing keys. It returns
// how many have ended, and the key that signs from now on.
func endEverySession(ctx context.Context, d *server.Deployment) (ended int, key string, err error) {
	keys := d.Keys()
	// With another secret no key can be made: fail before any session ends.
	if err := keys.CheckSecret(ctx); err != nil {
		return 0, "", err
	}
	if ended, err = d.Store.RevokeEverySession(ctx); err != nil {
		return 0, "", err
	}
	if key, err = keys.Replace(ctx); err != nil {
		return 0, "", fmt.Errorf("%s ended, but access tokens still work until they expire: %w", terminal.Count(ended, "session"), err)
	}
	return ended, key, nil
}
