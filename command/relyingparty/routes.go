package relyingparty

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"gatehouse/command/terminal"
)

// An outcome ends the wait for a person.
type outcome struct {
	result *Result
	err    error
}

// page is what the browser shows at the end.
var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}}</title>
<style>:root { color-scheme: light dark } body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
dt { font-weight: 600 } dd { margin: 0 0 .5rem; overflow-wrap: anywhere }</style>
<h1>{{.Title}}</h1>
{{with .Err}}<p>{{.}}</p>{{end}}{{with .Claims}}<dl>{{range .}}<dt>{{.Name}}</dt><dd>{{.Value}}</dd>{{end}}</dl>{{end}}
<p>You can close this window.</p></html>
`))

// A claim is one member of the ID token.
type claim struct{ Name, Value string }

// claims returns the members of an object, by name.
func claims(text json.RawMessage) (all []claim) {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(text, &members) // it was read before
	for name, value := range members {
		all = append(all, claim{name, string(value)})
	}
	slices.SortFunc(all, func(a, b claim) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// routes are the pages of the application. The first visit of the callback with the right state
// is the outcome.
func (p *Party) routes(outcomes chan<- outcome) http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, p.authorizationURL(), http.StatusSeeOther)
	})
	routes.HandleFunc("GET "+CallbackPath, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-store")
		if subtle.ConstantTimeCompare([]byte(r.URL.Query().Get("state")), []byte(p.state)) != 1 {
			show(w, outcome{err: fmt.Errorf("this is not the answer to the request of this program: begin at %s", p.Address())})
			return
		}
		o := p.answer(r)
		show(w, o)
		select {
		case outcomes <- o:
		default: // a second visit
		}
	})
	return routes
}

// answer judges what the provider sends the browser back with.
func (p *Party) answer(r *http.Request) outcome {
	q := r.URL.Query()
	if iss := q.Get("iss"); iss != "" && iss != p.issuer {
		return outcome{err: fmt.Errorf("the answer comes from %q, not from %s (RFC 9207)", iss, p.issuer)}
	}
	if code := q.Get("error"); code != "" {
		return outcome{err: fmt.Errorf("the provider refuses: %s: %s", terminal.Printable(code), terminal.Printable(q.Get("error_description")))}
	}
	result, err := p.exchange(r.Context(), q.Get("code"))
	return outcome{result, err}
}

// show writes the last page.
func show(w http.ResponseWriter, o outcome) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if o.err != nil {
		w.WriteHeader(http.StatusBadRequest)
	}
	data := struct {
		Title  string
		Err    error
		Claims []claim
	}{Title: "Logged in", Err: o.err}
	if o.err != nil {
		data.Title = "Not logged in"
	} else {
		data.Claims = claims(o.result.IDToken)
	}
	_ = page.Execute(w, data)
}
