package smtptest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
)

// A Mail is a mail as its reader sees it.
type Mail struct {
	From    string   // of the envelope
	To      []string // of the envelope
	Header  mail.Header
	Subject string
	Text    string
	HTML    string
	Raw     string
}

// link finds the address that a mail's text names for its button.
var link = regexp.MustCompile(`https?://\S+#[a-z]+=[A-Za-z0-9_-]+`)

// code finds the code of a mail.
var code = regexp.MustCompile(`(?m)^[0-9]{8}$`)

// Link returns the link in the text; "" without one.
func (m Mail) Link() string { return link.FindString(m.Text) }

// Proof returns what the link proves with; "" without one.
func (m Mail) Proof() string {
	_, proof, _ := strings.Cut(m.Link(), "=")
	return proof
}

// Code returns the code in the text; "" without one.
func (m Mail) Code() string { return code.FindString(m.Text) }

// Parse reads a mail that is stored as it would be sent.
func Parse(content []byte) (Mail, error) { return parse("", nil, content) }

func parse(from string, to []string, content []byte) (Mail, error) {
	read, err := mail.ReadMessage(bytes.NewReader(content))
	if err != nil {
		return Mail{}, err
	}
	m := Mail{From: from, To: to, Header: read.Header, Raw: string(content)}
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject")); err != nil {
		return m, err
	}
	kind, parameters, err := mime.ParseMediaType(read.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		return m, fmt.Errorf("%q: %w", kind, err)
	}
	parts := multipart.NewReader(read.Body, parameters["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return m, err
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			return m, err
		}
		text := strings.ReplaceAll(string(body), "\r\n", "\n")
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			m.HTML = text
		} else {
			m.Text = text
		}
	}
}
