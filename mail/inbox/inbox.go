// Package inbox shows the mails that a service on its developer's machine keeps instead of
// sending them.
package inbox

import (
	"bytes"
	"html/template"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/mail"
	"regexp"

	_ "embed"
)

// Mails are the mails that are kept.
type Mails interface {
	// Names returns the ids of the mails, the newest first.
	Names() []string
	// Read returns a mail as it would have been sent, or an error if it does not exist.
	Read(id string) ([]byte, error)
}

//go:embed inbox.html
var page string

var pages = template.Must(template.New("inbox").Parse(page))

// shown is how many mails the list has.
const shown = 50

// A letter is a mail as the page shows it.
type letter struct {
	ID, To, Subject, Date string
	Before, Link, After   string // the text, around its link
}

// link finds the address that a mail's text names for its button.
var link = regexp.MustCompile(`https?://\S+#[a-z]+=[A-Za-z0-9_-]+`)

// Handler serves the list below a path, and each mail below its id. It answers only
// browsers on this machine, which name it: a page of another site that lets its own name
// point here gets nothing.
func Handler(mails Mails, base string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !local(r) || r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if id := r.PathValue("id"); id != "" {
			l, err := read(mails, id)
			if err != nil {
				http.NotFound(w, r)
				return
			}
			show(w, view{Base: base, One: l})
			return
		}
		v := view{Base: base}
		for _, id := range mails.Names() {
			if l, err := read(mails, id); err == nil && len(v.All) < shown {
				v.All = append(v.All, l)
			}
		}
		show(w, v)
	})
}

// A view is what the page shows: one mail, or the list.
type view struct {
	Base string
	One  *letter
	All  []*letter
}

func show(w io.Writer, v view) { _ = pages.Execute(w, v) } // the client has gone

// local reports whether a request comes from this machine, and not through a proxy on it.
func local(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && Loopback(host) && Loopback(peer) && r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == ""
}

// Loopback reports whether a host is this machine.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// read reads a mail, whose first part is its text.
func read(mails Mails, id string) (*letter, error) {
	content, err := mails.Read(id)
	if err != nil {
		return nil, err
	}
	m, err := mail.ReadMessage(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	_, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	part, err := multipart.NewReader(m.Body, parameters["boundary"]).NextPart() // which decodes it
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(part)
	if err != nil {
		return nil, err
	}
	l := &letter{ID: id, To: m.Header.Get("To"), Date: m.Header.Get("Date"), Before: string(text)}
	if l.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return nil, err
	}
	if at := link.FindIndex(text); at != nil {
		l.Before, l.Link, l.After = string(text[:at[0]]), string(text[at[0]:at[1]]), string(text[at[1]:])
	}
	return l, nil
}
