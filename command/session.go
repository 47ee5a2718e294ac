package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
)

// sessionCommands look at sessions and end them. A running service refuses the tokens of those at once.
type sessionCommands struct {
	List      sessionList      `cmd:"" help:"List the sessions that go on, the last used first."`
	Revoke    sessionRevoke    `cmd:"" help:"End a session."`
	RevokeAll sessionRevokeAll `cmd:"" help:"End all sessions of an account, or of everybody."`
}

// An everyone is an account, or, where none is named, all of them.
type everyone struct {
	Account *string `arg:"" optional:"" name:"email-or-id" help:"The account's e-mail address or id; without one, everybody is meant."`
}

// find returns the account that is meant, nil for all. An empty name is nobody's: it is what a shell makes of a variable that is not set.
func (e everyone) find(ctx context.Context, d *deployment) (*auth.User, error) {
	if e.Account == nil {
		return nil, nil
	}
	return account{*e.Account}.find(ctx, d)
}

// sessionsListed is how many sessions are listed at most.
const sessionsListed = 1000

type sessionList struct {
	everyone
	JSON bool `name:"json" help:"Print a JSON array."`
}

// Run lists sessions.
func (c *sessionList) Run(t *session) error {
	return t.onTables(func(ctx context.Context, d *deployment) error {
		u, err := c.find(ctx, d)
		if err != nil {
			return err
		}
		id := ""
		if u != nil {
			id = u.ID
		}
		sessions, err := d.store.LivingSessions(ctx, id, d.settings.lifetimes(), sessionsListed)
		if err != nil {
			return err
		}
		if len(sessions) == sessionsListed {
			t.note("these are the %d used last; there may be more", sessionsListed)
		}
		return t.listSessions(sessions, c.JSON)
	})
}

// A listedSession is a session as a program reads it.
type listedSession struct {
	ID         string    `json:"id"`
	UserID     string    `json:"userId"`
	CreatedAt  time.Time `json:"createdAt"`
	LastUsedAt time.Time `json:"lastUsedAt"`
	IP         string    `json:"ip"`
	Device     string    `json:"device"`
	UserAgent  string    `json:"userAgent"`
	AMR        []string  `json:"amr"`
}

func (t *session) listSessions(sessions []*auth.Session, forProgram bool) error {
	if forProgram {
		list := make([]listedSession, len(sessions))
		for i, s := range sessions {
			list[i] = listedSession{s.ID, s.UserID, s.CreatedAt.UTC(), s.LastUsedAt.UTC(), s.IP, s.Device(), s.UserAgent, s.AMR}
		}
		out := json.NewEncoder(t.stdout)
		out.SetIndent("", "  ")
		return out.Encode(list)
	}
	rows := columns(t.stdout)
	_, _ = fmt.Fprintln(rows, "ID\tACCOUNT\tCREATED\tLAST USED\tADDRESS\tDEVICE")
	for _, s := range sessions {
		_, _ = fmt.Fprintf(rows, "%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, s.UserID, s.CreatedAt.UTC().Format(time.RFC3339),
			s.LastUsedAt.UTC().Format(time.RFC3339), printable(s.IP), printable(s.Device()))
	}
	return rows.Flush()
}

type sessionRevoke struct {
	ID string `arg:"" help:"The session's id."`
}

// Run ends one session, whoever's it is.
func (c *sessionRevoke) Run(t *session) error {
	parsed, err := uuid.Parse(c.ID)
	if err != nil {
		return errors.New("a session's id is a UUID, as gatehouse session list shows it")
	}
	id := parsed.String()
	return t.onTables(func(ctx context.Context, d *deployment) error {
		err := d.store.RevokeSession(ctx, "", id)
		if errors.Is(err, auth.ErrNoSession) {
			return errors.New("no session has this id")
		}
		if err != nil {
			return err
		}
		return t.say("session %s has ended", id)
	})
}

type sessionRevokeAll struct {
	everyone
	confirmation
}

// Help is what the command's own help says beside its flags.
func (sessionRevokeAll) Help() string {
	return `Without an account everybody is logged out, and the signing keys are replaced, so that no access token works either, not even one of a
session that this database does not know of. Do that after a backup was restored.`
}

// Run ends all sessions of an account, or of everybody.
func (c *sessionRevokeAll) Run(t *session) error {
	return t.onTables(func(ctx context.Context, d *deployment) error {
		u, err := c.find(ctx, d)
		if err != nil {
			return err
		}
		if u == nil {
			return c.everybody(ctx, t, d)
		}
		n, err := d.store.RevokeSessions(ctx, u.ID, "")
		if err != nil {
			return err
		}
		return t.say("%s is logged out everywhere: %s ended", u.Email, counted(n, "session"))
	})
}

// everybody logs everybody out. It asks where somebody is there to answer: people only have to log in again.
func (c *sessionRevokeAll) everybody(ctx context.Context, t *session, d *deployment) error {
	if terminal(t.stdin) {
		if err := c.confirm(t, "Log everybody out, and replace the signing keys?"); err != nil {
			return err
		}
	}
	keys, err := d.keys()
	if err != nil {
		return err
	}
	return t.exclusively(ctx, d, func(ctx context.Context) error {
		if err := keys.OwnSecret(ctx); err != nil { // without it no key could be made, and the half of it would be done
			return err
		}
		n, err := d.store.RevokeEverySession(ctx)
		if err != nil {
			return err
		}
		id, err := keys.Replace(ctx)
		if err != nil {
			return fmt.Errorf("%s ended, but access tokens still work until they expire: %w", counted(n, "session"), err)
		}
		return t.say("everybody is logged out: %s ended; the key %s signs from now on", counted(n, "session"), id)
	})
}

// counted is a number of things as a person says it.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
