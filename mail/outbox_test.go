package mail_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/bymail"
	"gatehouse/mail"
	"gatehouse/mail/message"
	"gatehouse/mail/smtp"
	"gatehouse/mail/words"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// A queue has one mail, and is what it writes and sends it with.
type queue struct {
	mail     *bymail.Mail
	due      bool
	now      time.Time
	written  error
	sent     []error // what the server answers to each try
	tries    int
	outcome  string
	messages []*message.Message
}

func (q *queue) Take(context.Context, time.Time, time.Duration) (*bymail.Mail, error) {
	if !q.due || q.mail.DueAt.After(q.now) {
		return nil, nil
	}
	q.due = false
	q.mail.Tries++
	return q.mail, nil
}

func (q *queue) Sent(context.Context, string, time.Time) error {
	q.outcome = "sent"
	return nil
}

func (q *queue) Retry(_ context.Context, _ string, due time.Time) error {
	q.due, q.mail.DueAt = true, due
	return nil
}

func (q *queue) Drop(_ context.Context, _, reason string) error {
	q.outcome = reason
	return nil
}

func (q *queue) Write(_ context.Context, m *bymail.Mail) (*bymail.Letter, error) {
	if q.written != nil {
		return nil, q.written
	}
	return bymail.Sample(m.Kind, ""), nil
}

func (q *queue) Send(_ context.Context, m *message.Message) error {
	q.messages = append(q.messages, m)
	q.tries++
	if q.tries > len(q.sent) {
		return nil
	}
	return q.sent[q.tries-1]
}

func outbox(t *testing.T, q *queue, log *bytes.Buffer) *mail.Outbox {
	t.Helper()
	w, err := words.Read("Example", nil)
	if err != nil {
		t.Fatal(err)
	}
	return &mail.Outbox{
		Queue: q, Writer: q, Words: w, Sender: q, From: netmail.Address{Address: "no-reply@example.com"}, Log: slog.New(slog.NewJSONHandler(log, nil)),
		Now: func() time.Time { return q.now },
	}
}

func TestOutbox(t *testing.T) {
	away, refused := errors.New("the mail server can't be used"), &smtp.RefusedError{Code: "550 5.1.1"}
	tests := []struct {
		name    string
		written error
		sent    []error
		outcome string
		after   time.Duration
		failed  int64
	}{
		{"of no use", &bymail.DropError{Reason: "no account"}, nil, "no account", 0, 0},
		{"refused", nil, []error{refused}, refused.Error(), 0, 1},
		{"refused later", nil, []error{away, refused}, refused.Error(), time.Minute, 1},
		{"sent", nil, nil, "sent", 0, 0},
		{"sent after an hour", nil, []error{away, away, away}, "sent", 36 * time.Minute, 0},
		{"away for long", nil, []error{away, away, away, away, away}, away.Error(), 156 * time.Minute, 1},
		{"words can't be written", errors.New("database away"), nil, "database away", 156 * time.Minute, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := &queue{mail: &bymail.Mail{ID: "m1", Kind: bymail.MailReset, Address: "ada@example.com", DueAt: noon}, due: true, now: noon, written: tt.written, sent: tt.sent}
			log := &bytes.Buffer{}
			o := outbox(t, q, log)
			for minute := 0; minute < 200 && q.outcome == ""; minute++ {
				q.now = noon.Add(time.Duration(minute) * time.Minute)
				o.SendDue(t.Context())
			}
			sent, _, failed := o.Counts()
			if q.outcome != tt.outcome || q.now.Sub(noon) != tt.after || failed != tt.failed || (sent == 1) != (tt.outcome == "sent") {
				t.Errorf("%q after %v, %d sent, %d failed; want %q after %v", q.outcome, q.now.Sub(noon), sent, failed, tt.outcome, tt.after)
			}
			for _, secret := range []string{"ada@", "sample="} {
				if strings.Contains(log.String(), secret) {
					t.Errorf("the log has %q: %s", secret, log)
				}
			}
			if tt.name == "of no use" && log.Len() > 0 {
				t.Errorf("the log tells who has an account: %s", log)
			}
			for _, m := range q.messages {
				if m.ID != q.messages[0].ID {
					t.Error("a mail that is sent again has another Message-ID")
				}
			}
		})
	}
}

func TestFolder(t *testing.T) {
	q := &queue{mail: &bymail.Mail{ID: "m1", Kind: bymail.MailReset, DueAt: noon}, due: true, now: noon}
	o := outbox(t, q, &bytes.Buffer{})
	folder := mail.Folder(filepath.Join(t.TempDir(), "mail"))
	o.Sender = folder
	o.SendDue(t.Context())
	names := folder.Names()
	if len(names) != 1 || q.outcome != "sent" {
		t.Fatalf("%v, %q", names, q.outcome)
	}
	content, err := folder.Read(names[0])
	if err != nil || !bytes.Contains(content, []byte("Auto-Submitted: auto-generated")) {
		t.Errorf("%s, %v", content, err)
	}
	info, err := os.Stat(filepath.Join(string(folder), names[0]+".eml"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	for _, id := range []string{"", "../" + filepath.Base(string(folder)), "m9"} {
		if _, err := folder.Read(id); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%q: %v", id, err)
		}
	}
	for i := range 205 {
		m := *hello()
		m.ID = "01a1f8d3-ea00-7adc-98ed-" + strings.Repeat("0", 9) + string(rune('0'+i/100)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10))
		if err := folder.Send(t.Context(), &m); err != nil {
			t.Fatal(err)
		}
	}
	if names := folder.Names(); len(names) != 200 || !strings.HasSuffix(names[0], "204") {
		t.Errorf("%d mails are kept, the newest %s", len(names), names[0])
	}
}

func hello() *message.Message {
	return &message.Message{From: netmail.Address{Address: "no-reply@example.com"}, To: "ada@example.com", Subject: "Hello", Text: "Hello.", HTML: "Hello.", Date: noon}
}
