package bymail

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"gatehouse/auth/proof"
)

// A Letter is what a mail says. It has the link, so it is neither stored nor logged.
type Letter struct {
	ID      string // of the mail
	Kind    Kind
	To      string
	Locale  string // "" for the default
	Name    string // of the reader, if it can't be taken for a link; else ""
	Link    string // "" for none
	Code    string // "" for none
	Minutes int    // how long the link works at least
	Account string // the page of accounts
	New     string // address of a change; "" for none
	Passkey string // its name, if it can't be taken for a link; else ""
	Device  string // that asked for the mail; "" if it is not known
	IP      string
	Left    int // recovery codes
}

// A DropError is why a mail is not sent.
type DropError struct{ Reason string }

// Error returns the reason.
func (e *DropError) Error() string { return e.Reason }

// The reasons why a mail is not sent.
const (
	dropUseless  = "no account has the address, or the link was used or has expired"
	dropVerified = "the address is verified already"
	dropLate     = "it is too late for it"
)

// noticeLife is how long after a change its notice is still sent.
const noticeLife = 3 * 24 * time.Hour

// Opener finds the proof of a mail.
type Opener interface {
	// OpenProof returns the proof of a mail that is being sent, and notes which account it
	// is about. If that has changed since an earlier mail, seed makes another link. It
	// returns [proof.ErrInvalid] if the mail is of no use.
	OpenProof(ctx context.Context, mailID string, now time.Time, seed []byte) (*proof.Opened, error)
}

// Writer writes what mails say.
type Writer struct {
	Proofs *proof.Proofs
	Store  Opener
	// Page is the page of accounts, which opens links.
	Page *url.URL
}

// Write returns what a mail says. Here, away from the request, the account is read. It
// returns a [*DropError] if the mail is not to be sent.
func (w *Writer) Write(ctx context.Context, m *Mail) (*Letter, error) {
	now := w.Proofs.Now().UTC()
	l := &Letter{ID: m.ID, Kind: m.Kind, To: m.Address, Account: w.Page.String()}
	l.Locale, _ = m.Data["locale"].(string)
	l.New, _ = m.Data["new"].(string)
	if left, ok := m.Data["left"].(float64); ok {
		l.Left = int(left)
	}
	called, _ := m.Data["passkey"].(string)
	l.Passkey = greeting(called)
	if m.ProofID == "" {
		if now.Sub(m.CreatedAt) > noticeLife {
			return nil, &DropError{dropLate}
		}
		return l, nil
	}
	p, err := w.Store.OpenProof(ctx, m.ID, now, proof.NewSeed())
	if errors.Is(err, proof.ErrInvalid) {
		return w.unproved(m, l)
	}
	if err != nil {
		return nil, err
	}
	l.Minutes = max(1, int(p.ExpiresAt.Sub(now)/time.Minute))
	l.Device, _ = p.Data["device"].(string)
	l.IP, _ = p.Data["ip"].(string)
	if p.Name != nil {
		l.Name = greeting(*p.Name)
	}
	switch {
	case m.Kind == MailVerify && p.Verified:
		return nil, &DropError{dropVerified}
	case m.Kind == MailRegistration && p.Taken:
		l.Kind = MailRegistered
		return l, nil
	case m.Kind == MailChange && p.Taken:
		l.Kind, l.Name = MailChangeTaken, ""
		return l, nil
	case m.Kind == MailChange:
		l.Name = "" // the address may be another person's
	}
	return w.link(l, p)
}

// unproved returns a notice without its link, and drops what is of no use without one.
func (w *Writer) unproved(m *Mail, l *Letter) (*Letter, error) {
	if m.Kind == MailEmailChanged && w.Proofs.Now().Sub(m.CreatedAt) <= noticeLife {
		return l, nil
	}
	return nil, &DropError{dropUseless}
}

// link adds the link, and to a mail for a login the code.
func (w *Writer) link(l *Letter, p *proof.Opened) (*Letter, error) {
	token, code, err := w.Proofs.Text(p.Purpose, p.ID, p.Seed)
	if err != nil {
		return nil, fmt.Errorf("write mail %q: %w", l.ID, err)
	}
	page := *w.Page
	page.Fragment = p.Purpose.Fragment() + "=" + token
	l.Link = page.String()
	if p.Purpose == proof.Login {
		l.Code = code
	}
	return l, nil
}

// maxGreeting is how long a name is, in characters, that a mail greets with.
const maxGreeting = 64

// greeting returns a name that a mail can greet with, or "" if a mail program could make a
// link of a part of it: anyone may register any address with any name.
func greeting(name string) string {
	letters := []rune(strings.TrimSpace(name))
	for i, r := range letters {
		if strings.ContainsRune(`:/\@#?&=<>`, r) || !unicode.IsGraphic(r) || isDot(r) && i+1 < len(letters) && !unicode.IsSpace(letters[i+1]) {
			return ""
		}
	}
	if len(letters) > maxGreeting {
		letters = letters[:maxGreeting]
	}
	return string(letters)
}

// isDot reports whether a name of a host may have the letter between its parts (IDNA2003).
func isDot(r rune) bool {
	return r == '.' || r == '。' || r == '．' || r == '｡' || r == '·' || r == '․'
}
