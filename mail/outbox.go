// Package mail sends the mails that wait in the database. Each replica does so, and none
// twice, except for the one that it was sending when it was killed.
package mail

import (
	"context"
	"errors"
	"log/slog"
	"net/mail"
	"sync/atomic"
	"time"

	"gatehouse/auth/bymail"
	"gatehouse/mail/message"
	"gatehouse/mail/smtp"
	"gatehouse/mail/words"
)

// How often a replica looks for mails, and how long one is its own. A mail server that
// hangs is given up before.
const (
	lookEvery = time.Second
	lease     = 2 * time.Minute
)

// pauses are how long a mail waits after each failure. After the last one it is dropped.
func pauses() []time.Duration {
	return []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour}
}

// Queue is where mails wait.
type Queue interface {
	// Take returns a mail that is due, nil if there are none. Until the lease ends, no other
	// replica takes it.
	Take(ctx context.Context, now time.Time, lease time.Duration) (*bymail.Mail, error)
	// Sent notes that a mail was sent.
	Sent(ctx context.Context, id string, at time.Time) error
	// Retry notes when a mail is sent again.
	Retry(ctx context.Context, id string, due time.Time) error
	// Drop notes why a mail is not sent.
	Drop(ctx context.Context, id, reason string) error
}

// Writer says what a mail says. It returns a [*bymail.DropError] for one of no use.
type Writer interface {
	Write(ctx context.Context, m *bymail.Mail) (*bymail.Letter, error)
}

// Sender sends a mail. It returns a [*smtp.RefusedError] if that is of no use.
type Sender interface {
	Send(ctx context.Context, m *message.Message) error
}

// Outbox sends mails.
type Outbox struct {
	Queue  Queue
	Writer Writer
	Words  *words.Words
	Sender Sender
	From   mail.Address
	Log    *slog.Logger
	Now    func() time.Time

	sent, dropped, failed atomic.Int64
}

// Run sends mails until ctx ends.
func (o *Outbox) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			o.SendDue(ctx)
		}
	}
}

// SendDue sends the mails that are due, one after the other.
func (o *Outbox) SendDue(ctx context.Context) {
	for ctx.Err() == nil {
		m, err := o.Queue.Take(ctx, o.Now(), lease)
		if err != nil {
			o.warn(ctx, "mails can't be read", err)
			return
		}
		if m == nil {
			return
		}
		// What was sent is noted also if the replica is stopping.
		if err := o.settle(context.WithoutCancel(ctx), m, o.send(ctx, m)); err != nil {
			o.warn(ctx, "a mail can't be noted", err)
			return
		}
	}
}

// send writes and sends a mail.
func (o *Outbox) send(ctx context.Context, m *bymail.Mail) error {
	letter, err := o.Writer.Write(ctx, m)
	if err != nil {
		return err
	}
	built, err := o.Message(letter)
	if err != nil {
		return err
	}
	return o.Sender.Send(ctx, built)
}

// Message returns a letter as it is sent.
func (o *Outbox) Message(l *bymail.Letter) (*message.Message, error) {
	written, err := o.Words.Write(l)
	if err != nil {
		return nil, err
	}
	return &message.Message{
		ID: l.ID, From: o.From, To: l.To, Subject: written.Subject, Text: written.Text, HTML: written.HTML, Date: o.Now(),
	}, nil
}

// settle notes what became of a mail.
func (o *Outbox) settle(ctx context.Context, m *bymail.Mail, err error) error {
	var useless *bymail.DropError
	var refused *smtp.RefusedError
	about := []any{slog.String("mail", m.ID), slog.String("kind", string(m.Kind))}
	switch waits := pauses(); {
	case err == nil:
		o.sent.Add(1)
		o.Log.InfoContext(ctx, "sent a mail", about...)
		return o.Queue.Sent(ctx, m.ID, o.Now())
	case errors.As(err, &useless): // not logged: it would tell who has an account
		o.dropped.Add(1)
		return o.Queue.Drop(ctx, m.ID, useless.Reason)
	case errors.As(err, &refused), m.Tries > len(waits):
		o.failed.Add(1)
		o.Log.WarnContext(ctx, "a mail is not sent", append(about, slog.String("error", err.Error()))...)
		return o.Queue.Drop(ctx, m.ID, err.Error())
	default:
		wait := waits[m.Tries-1]
		o.Log.WarnContext(ctx, "a mail is sent later", append(about, slog.String("error", err.Error()), slog.Duration("wait", wait))...)
		return o.Queue.Retry(ctx, m.ID, o.Now().Add(wait))
	}
}

// warn logs an error, unless the replica is stopping.
func (o *Outbox) warn(ctx context.Context, message string, err error) {
	if ctx.Err() == nil {
		o.Log.WarnContext(ctx, message, slog.String("error", err.Error()))
	}
}

// Counts returns how many mails this replica has sent, found to be of no use, and given
// up.
func (o *Outbox) Counts() (sent, dropped, failed int64) {
	return o.sent.Load(), o.dropped.Load(), o.failed.Load()
}
