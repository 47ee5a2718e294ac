// Package message builds mails as they are sent (RFC 5322).
package message

import (
	"bytes"
	"fmt"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"
)

// A Message is a mail to one address, with the same words as text and as HTML.
type Message struct {
	ID      string // of the mail in the database: the same mail that is sent twice has one Message-ID
	From    mail.Address
	To      string
	Subject string
	Text    string
	HTML    string
	Date    time.Time
}

// Build returns the message for the library. It has no header that a client could have
// written a line of.
func (m *Message) Build() (*gomail.Msg, error) {
	b := gomail.NewMsg(gomail.WithEncoding(gomail.EncodingQP), gomail.WithNoDefaultUserAgent())
	b.FromMailAddress(&m.From)
	if err := b.EnvelopeFrom(m.From.Address); err != nil {
		return nil, fmt.Errorf("the sender: %w", err)
	}
	b.ToMailAddress(&mail.Address{Address: mailable(m.To)})
	b.Subject(m.Subject)
	b.SetDateWithValue(m.Date)
	b.SetMessageIDWithValue(m.ID + "@" + domain(m.From.Address))
	b.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no vacation answers
	b.SetBodyString(gomail.TypeTextPlain, m.Text)
	b.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return b, nil
}

// Bytes returns the message as it is stored in a file.
func (m *Message) Bytes() ([]byte, error) {
	built, err := m.Build()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	_, err = built.WriteTo(&b)
	return b.Bytes(), err
}

// mailable returns an address whose domain is in ASCII, which any server understands.
func mailable(address string) string {
	ascii, err := idna.Lookup.ToASCII(domain(address))
	if err != nil {
		return address
	}
	return address[:strings.LastIndexByte(address, '@')+1] + ascii
}

func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
