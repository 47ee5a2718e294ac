package server

import (
	"context"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/bymail"
	"gatehouse/auth/proof"
	"gatehouse/mail"
	"gatehouse/mail/smtp"
)

// proofs makes and reads what links in mails prove.
func (d *Deployment) proofs() *proof.Proofs {
	return &proof.Proofs{Secrets: d.Secrets, Store: d.Store, Now: d.clock.Now}
}

// desk does by mail what the settings allow.
func (d *Deployment) desk(accounts *auth.Accounts, sessions *auth.Sessions) *bymail.Desk {
	return &bymail.Desk{Rules: d.Settings.ByMail(), Proofs: d.proofs(), Store: d.Store, Accounts: accounts, Sessions: sessions}
}

// Desk does by mail what the command line may.
func (d *Deployment) Desk(ctx context.Context) (*bymail.Desk, error) {
	revocations, err := d.Revocations(ctx)
	if err != nil {
		return nil, err
	}
	return d.desk(&auth.Accounts{Store: d.Store, Revocations: revocations}, nil), nil
}

// Outbox sends mails as the settings say; nil if the service sends none.
func (d *Deployment) Outbox() (*mail.Outbox, error) {
	s := d.Settings
	if !s.Mails() {
		return nil, nil //nolint:nilnil // it says so above
	}
	words, err := s.Words()
	if err != nil {
		return nil, err
	}
	var sender mail.Sender = mail.Folder(s.MailFolder())
	if s.SMTP != nil {
		sender = &smtp.Sender{Server: s.SMTP}
	}
	return &mail.Outbox{
		Queue: d.Store, Writer: &bymail.Writer{Proofs: d.proofs(), Store: d.Store, Page: s.AccountPage()},
		Words: words, Sender: sender, From: *s.MailFrom, Log: d.Log, Now: d.clock.Now,
	}, nil
}

// outboxTimeout is how long a scrape may ask how many mails wait.
const outboxTimeout = time.Second

// waiting returns how many mails wait, and for how many seconds the oldest has; -1 if the
// database does not answer.
func (srv *Server) waiting() (count, seconds float64) {
	ctx, cancel := context.WithTimeout(context.Background(), outboxTimeout)
	defer cancel()
	d := srv.deployment
	n, since, err := d.Store.Waiting(ctx, d.clock.Now())
	switch {
	case err != nil:
		return -1, -1
	case since.IsZero():
		return float64(n), 0
	}
	return float64(n), d.clock.Now().Sub(since).Seconds()
}
