package smtp_test

import (
	"errors"
	"net/mail"
	"strings"
	"testing"
	"time"

	"gatehouse/mail/message"
	"gatehouse/mail/smtp"
	"gatehouse/test/smtptest"
)

func hello() *message.Message {
	return &message.Message{
		ID: "01a1f8d3-ea00-7adc-98ed-4cd63767b775", From: mail.Address{Name: "Exämple", Address: "no-reply@example.com"}, To: "ada@exämple.com",
		Subject: "Grüße", Text: "Hello.\n.\nhttps://id.example.com/account#reset=" + strings.Repeat("A", 72) + "\n", HTML: "<p>Hello.</p>",
		Date: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC),
	}
}

// sender returns a sender to the server with the URL's options.
func sender(t *testing.T, s *smtptest.Server, user, options string) *smtp.Sender {
	t.Helper()
	server, err := smtp.Parse("smtp://" + user + s.Address + options)
	if err != nil {
		t.Fatal(err)
	}
	return &smtp.Sender{Server: server, Roots: s.Roots, Timeout: time.Second}
}

const user = "gatehouse:p%40ss%20word@"

func TestSend(t *testing.T) {
	tests := []struct {
		name          string
		server        smtptest.Options
		user, options string
		refused       string // for good; "" if not
		later         string // why it may be sent later; "" if it may not
	}{
		{"STARTTLS was stripped", smtptest.Options{}, "", "", "", "can't be used"},
		{"STARTTLS was stripped, with a password", smtptest.Options{Auth: true}, user, "", "", "can't be used"},
		{"another password", smtptest.Options{TLS: true, Auth: true}, "gatehouse:another@", "", "", "can't be used"},
		{"no login is offered", smtptest.Options{TLS: true}, user, "", "", "can't be used"},
		{"puts the sender off", smtptest.Options{TLS: true, Answers: []smtptest.Answer{{After: "MAIL", Code: 450}}}, "", "", "", "450 4.1.1"},
		{"refuses the sender", smtptest.Options{TLS: true, Answers: []smtptest.Answer{{After: "MAIL", Code: 550}}}, "", "", "", "MAIL_FROM: 550 5.1.1"},
		{"puts the reader off", smtptest.Options{TLS: true, Answers: []smtptest.Answer{{After: "RCPT", Code: 421}}}, "", "", "", "421 4.1.1"},
		{"refuses the reader", smtptest.Options{TLS: true, Answers: []smtptest.Answer{{After: "RCPT", Code: 550}}}, "", "", "550 5.1.1", ""},
		{"refuses the mail", smtptest.Options{TLS: true, Answers: []smtptest.Answer{{After: "DATA", Code: 554}}}, "", "", "554 5.1.1", ""},
		{"puts the mail off", smtptest.Options{TLS: true, Answers: []smtptest.Answer{{After: "DATA", Code: 451}}}, "", "", "", "451 4.1.1"},
		{"accepts and hangs", smtptest.Options{TLS: true, Answers: []smtptest.Answer{{After: "DATA", Hang: true}}}, "", "", "", "broke off"},
		{"says nothing", smtptest.Options{Silent: true}, "", "?tls=none", "", "can't be used"},
		{"accepts", smtptest.Options{TLS: true}, "", "", "", ""},
		{"accepts with a password", smtptest.Options{TLS: true, Auth: true}, user, "?tls=starttls", "", ""},
		{"accepts on this machine", smtptest.Options{}, "", "?tls=none", "", ""},
		{"accepts on this machine with a password", smtptest.Options{Auth: true}, user, "?tls=none", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := smtptest.Start(t, tt.server)
			err := sender(t, s, tt.user, tt.options).Send(t.Context(), hello())
			refused := new(smtp.RefusedError)
			if errors.As(err, &refused) != (tt.refused != "") || refused.Code != tt.refused {
				t.Errorf("refused for good: %v, want %q", err, tt.refused)
			}
			if tt.later != "" && (err == nil || !strings.Contains(err.Error(), tt.later)) || tt.later == "" && tt.refused == "" && err != nil {
				t.Errorf("%v, want %q", err, tt.later)
			}
			if err != nil {
				for _, secret := range []string{"ada@", "Hello", "reset=", "p@ss", "another"} {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("%v tells %q", err, secret)
					}
				}
				return
			}
			got := s.Mails()
			if len(got) != 1 {
				t.Fatalf("%d mails", len(got))
			}
		})
	}
}

func TestWhatArrives(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{TLS: true})
	if err := sender(t, s, "", "").Send(t.Context(), hello()); err != nil {
		t.Fatal(err)
	}
	m := s.Mails()[0]
	if m.From != "no-reply@example.com" || len(m.To) != 1 || m.To[0] != "ada@xn--exmple-cua.com" || m.Subject != "Grüße" || m.Text != hello().Text {
		t.Errorf("%+v", m)
	}
	for name, want := range map[string]string{
		"Message-Id": "<01a1f8d3-ea00-7adc-98ed-4cd63767b775@example.com>", "Auto-Submitted": "auto-generated", "Date": "Fri, 20 Nov 2026 12:00:00 +0000",
		"X-Mailer": "", "User-Agent": "", "To": "<ada@xn--exmple-cua.com>",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestHeaderInjection: no value can add a line to the header.
func TestHeaderInjection(t *testing.T) {
	const lines = "a\r\nBcc: eve@example.com\r\n\r\nBuy"
	s := smtptest.Start(t, smtptest.Options{TLS: true})
	for _, change := range []func(*message.Message){
		func(m *message.Message) { m.Subject = lines },
		func(m *message.Message) { m.From.Name = lines },
		func(m *message.Message) { m.To = lines + "@example.com" },
		func(m *message.Message) { m.ID = lines },
	} {
		m := hello()
		change(m)
		before := len(s.Mails())
		if err := sender(t, s, "", "").Send(t.Context(), m); err != nil {
			continue // refused before it was sent, or by the server
		}
		for _, got := range s.Mails()[before:] {
			if got.Header.Get("Bcc") != "" || strings.HasPrefix(got.Text, "Buy") || len(got.To) != 1 {
				t.Errorf("%s", got.Raw)
			}
		}
	}
	if len(s.Mails()) == 0 {
		t.Error("nothing was sent at all")
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]smtp.Server{
		"smtp://mail.example.com":                            {Host: "mail.example.com", Port: 587, Security: smtp.StartTLS},
		"smtp://me:p%40ss@mail.example.com:2525":             {Host: "mail.example.com", Port: 2525, Security: smtp.StartTLS, User: "me", Password: "p@ss"},
		"smtps://me:pw@mail.example.com/":                    {Host: "mail.example.com", Port: 465, Security: smtp.TLS, User: "me", Password: "pw"},
		"smtp://127.0.0.1?tls=none":                          {Host: "127.0.0.1", Port: 25, Security: smtp.Plain},
		"smtp://[::1]:1025?tls=none":                         {Host: "::1", Port: 1025, Security: smtp.Plain},
		"smtp://apikey:SG.x_y@smtp.example.net?tls=starttls": {Host: "smtp.example.net", Port: 587, Security: smtp.StartTLS, User: "apikey", Password: "SG.x_y"},
	} {
		if got, err := smtp.Parse(text); err != nil || *got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "mail.example.com", "mail.example.com:25", "http://mail.example.com", "smtp://", "smtp://me@mail.example.com", "smtp://:pw@mail.example.com",
		"smtp://mail.example.com?tls=none", "smtp://mail.example.com?tls=maybe", "smtps://mail.example.com?tls=none", "smtp://mail.example.com:0",
		"smtp://mail.example.com:99999", "smtp://mail.example.com/path", "smtp://mail.example.com?ssl=1", "smtp://me:p#ss@mail.example.com", "smtp://me:secret%@x",
	} {
		if got, err := smtp.Parse(text); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}
