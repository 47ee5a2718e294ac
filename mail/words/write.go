package words

import (
	"errors"
	"fmt"
	"strings"
	text "text/template"

	"gatehouse/auth/bymail"
)

// A Written is a mail in words.
type Written struct {
	Subject string // one line
	Text    string
	HTML    string
}

// A view is what words may use.
type view struct {
	*bymail.Letter
	Service string
	Valid   string // how long the link works, such as 30 minutes
}

// A page is what the layouts use.
type page struct {
	Language    string
	Service     string
	Subject     string
	Hello       string
	Text        []string
	Button      string
	Link        string
	AddressHint string
	Code        string
	CodeHint    string
	Notes       []string
}

// Write writes a letter in its language.
func (w *Words) Write(l *bymail.Letter) (*Written, error) {
	name, words := w.language(l.Locale)
	m, found := words.Mails[l.Kind]
	if !found {
		return nil, errors.New("its words are missing")
	}
	v := view{Letter: l, Service: w.service, Valid: words.valid(l.Minutes)}
	p := page{Language: name, Service: w.service, Link: l.Link, Code: l.Code}
	hello := words.HelloUnnamed
	if l.Name != "" {
		hello = words.Hello
	}
	var notes []string
	if l.Link != "" {
		notes = append(notes, words.Valid)
	}
	if l.Device != "" && l.IP != "" {
		notes = append(notes, words.Asked)
	}
	if l.Link != "" && l.Kind != bymail.MailEmailChanged {
		notes = append(notes, words.Ignore)
	}
	var errs []error
	fill := func(words string) string {
		filled, err := fill(words, v)
		errs = append(errs, err)
		return filled
	}
	p.Subject, p.Hello, p.Button, p.AddressHint, p.CodeHint = fill(m.Subject), fill(hello), fill(m.Button), fill(words.Address), fill(words.Code)
	for _, paragraph := range m.Text {
		p.Text = append(p.Text, fill(paragraph))
	}
	for _, note := range notes {
		p.Notes = append(p.Notes, fill(note))
	}
	if m.Subject == "" || len(m.Text) == 0 || l.Link != "" && m.Button == "" {
		errs = append(errs, errors.New("the subject, the text or the button is missing"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return w.layOut(p)
}

func (w *Words) layOut(p page) (*Written, error) {
	p.Subject = strings.Join(strings.Fields(p.Subject), " ") // a header is one line
	var plain, markup strings.Builder
	if err := w.text.Execute(&plain, p); err != nil {
		return nil, err
	}
	if err := w.html.Execute(&markup, p); err != nil {
		return nil, err
	}
	if p.Link != "" && (!strings.Contains(plain.String(), p.Link) || !strings.Contains(markup.String(), p.Link)) {
		return nil, errors.New("a layout leaves out the link")
	}
	if p.Code != "" && (!strings.Contains(plain.String(), p.Code) || !strings.Contains(markup.String(), p.Code)) {
		return nil, errors.New("a layout leaves out the code")
	}
	return &Written{Subject: p.Subject, Text: plain.String(), HTML: markup.String()}, nil
}

// fill fills in a text.
func fill(words string, v view) (string, error) {
	t, err := text.New("").Parse(words)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, v)
	return b.String(), err
}

// valid words how long a link works, in whole units, rounded down.
func (l *language) valid(minutes int) string {
	const hour, day = 60, 24 * 60
	n, forms := minutes, l.Minutes
	switch {
	case minutes >= 2*day:
		n, forms = minutes/day, l.Days
	case minutes >= 2*hour:
		n, forms = minutes/hour, l.Hours
	}
	if n == 1 {
		return forms[0]
	}
	return strings.ReplaceAll(forms[1], "%d", fmt.Sprint(n))
}
