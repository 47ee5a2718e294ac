// Package mails has the commands on mails.
package mails

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/auth/bymail"
	"gatehouse/auth/email"
	"gatehouse/auth/proof"
	"gatehouse/command/terminal"
	"gatehouse/command/work"
	"gatehouse/mail/words"
	"gatehouse/server"
	"gatehouse/settings"
)

// Commands test and show mails.
type Commands struct {
	Test    test    `cmd:"" help:"Send a mail to an address now, to try SMTP_URL."`
	Preview preview `cmd:"" help:"Print what a kind of mail says."`
	List    list    `cmd:"" help:"List the mails of the last days, the newest first."`
}

type test struct {
	Address  string `arg:"" help:"Where the mail goes."`
	Language string `placeholder:"LANGUAGE" help:"The language of the mail, such as de."`
}

// Run sends a mail, past those that wait.
func (c *test) Run(ctx context.Context, e *work.Env) error {
	to, err := email.Parse(c.Address)
	if err != nil {
		return err
	}
	return e.OnTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		outbox, err := d.Outbox()
		if err != nil {
			return err
		}
		if outbox == nil {
			return errors.New("no mail is sent: set SMTP_URL and MAIL_FROM")
		}
		letter := bymail.Sample(bymail.MailTest, c.Language)
		letter.To, letter.ID = to.Shown, proof.NewID(e.Now())
		m, err := outbox.Message(letter)
		if err != nil {
			return err
		}
		if err := outbox.Sender.Send(ctx, m); err != nil {
			return err
		}
		if d.Settings.KeepsMails() {
			return e.Terminal.Printf("kept in %s, because SMTP_URL is not set", d.Settings.MailFolder())
		}
		return e.Terminal.Printf("the mail server took it")
	})
}

type preview struct {
	Kind     string `arg:"" optional:"" help:"The kind of mail. Without it, the kinds are listed."`
	Language string `placeholder:"LANGUAGE" help:"The language of the mail, such as de."`
	HTML     bool   `help:"Print the HTML instead of the text."`
}

// Run prints a mail with the words that the settings name.
func (c *preview) Run(_ context.Context, e *work.Env) error {
	s, err := settings.Read(e.Environ, e.Dotenv)
	if err != nil {
		return err
	}
	w, err := s.Words()
	if err != nil {
		return fmt.Errorf("MAIL_TEMPLATES: %w", err)
	}
	if c.Kind == "" {
		return c.kinds(e.Terminal, w)
	}
	kind := bymail.Kind(c.Kind)
	if !slices.Contains(bymail.Kinds(), kind) {
		return errors.New("no mail is of this kind; gatehouse mail preview lists the kinds")
	}
	written, err := w.Write(bymail.Sample(kind, c.Language))
	if err != nil {
		return err
	}
	if c.HTML {
		return e.Terminal.PrintText(written.HTML)
	}
	return e.Terminal.PrintText("Subject: " + written.Subject + "\n\n" + written.Text)
}

// kinds lists the kinds of mails and the languages.
func (c *preview) kinds(t *terminal.Terminal, w *words.Words) error {
	for _, kind := range bymail.Kinds() {
		if err := t.Printf("%s", kind); err != nil {
			return err
		}
	}
	return t.Printf("languages: %s", strings.Join(w.Languages(), ", "))
}

type list struct {
	Limit int `default:"50" help:"How many at most."`
	terminal.JSONFlag
}

// A mailJSON is a mail in the array that mail list --json prints.
type mailJSON struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind"`
	Address   string     `json:"address"`
	CreatedAt time.Time  `json:"createdAt"`
	SentAt    *time.Time `json:"sentAt"`
	NextTry   *time.Time `json:"nextTry"`
	Tries     int        `json:"tries"`
	Dropped   string     `json:"dropped"`
}

func newMailJSON(m *bymail.Mail) mailJSON {
	j := mailJSON{m.ID, string(m.Kind), m.Address, m.CreatedAt, m.SentAt, nil, m.Tries, m.Dropped}
	if m.SentAt == nil && m.Dropped == "" {
		j.NextTry = &m.DueAt
	}
	return j
}

// Run lists mails. What they say is not stored.
func (c *list) Run(ctx context.Context, e *work.Env) error {
	return e.OnTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		mails, err := d.Store.Mails(ctx, max(c.Limit, 0))
		if err != nil {
			return err
		}
		all := make([]mailJSON, len(mails))
		for i, m := range mails {
			all[i] = newMailJSON(m)
		}
		return c.Answer(e.Terminal, all, func() error {
			table := e.Terminal.Table("CREATED", "KIND", "ADDRESS", "STATE")
			for _, m := range all {
				table.Row(m.CreatedAt.Format(time.DateTime), m.Kind, m.Address, m.state())
			}
			return table.Flush()
		})
	})
}

// state words what became of a mail.
func (m mailJSON) state() string {
	switch {
	case m.SentAt != nil:
		return "sent " + m.SentAt.Format(time.DateTime)
	case m.Dropped != "":
		return "not sent: " + m.Dropped
	case m.Tries > 0:
		return fmt.Sprintf("tried %d times, again at %s", m.Tries, m.NextTry.Format(time.DateTime))
	}
	return "waits"
}
