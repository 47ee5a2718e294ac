package pages

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/auth/oauth/authorization"
)

//go:embed html/*.html
var files embed.FS

//go:embed html/pages.css
var style []byte

//go:embed html/passkey.js
var passkeyScript []byte

// templates are the pages.
var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"say":  fmt.Sprintf,
	"date": func(w *words, at *time.Time) string { return at.UTC().Format(w.DateLayout) },
}).ParseFS(files, "html/*.html"))

// show answers with a page. It is made as a whole first, so that a fault in it is answered.
func (v *visit) show(status int, name string, page any) error {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, page); err != nil {
		return fmt.Errorf("show page %s: %w", name, err)
	}
	v.status = status
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(out.Bytes())
	return nil
}

// A messagePage says one thing.
type messagePage struct {
	Words *words
	Title string
	Text  string
	Link  template.URL // where the person goes on; "" for nowhere
	Label string       // of the link
	Go    bool         // the browser goes on by itself
}

// message answers with a page that says one thing.
func (v *visit) message(status int, title, text string) {
	v.say(status, &messagePage{Words: v.words, Title: title, Text: text})
}

func (v *visit) say(status int, page *messagePage) {
	if err := v.show(status, "message", page); err != nil {
		panic(err) // it shows texts only
	}
}

// onward answers with a page that leads to an application.
func (v *visit) onward(to string) error {
	v.say(http.StatusOK, &messagePage{
		Words: v.words, Title: v.words.Onward, Text: v.words.OnwardText, Label: v.words.OnwardLink, Go: true,
		Link: template.URL(to), // a registered redirect URI, which may have a scheme of its own
	})
	return nil
}

// problem answers with a page that says why a request can't go on, and where the person
// can begin again.
func (v *visit) problem(e *authorization.PageError) {
	v.speak(e.Locales)
	v.outcome = string(e.Problem)
	texts := v.words.Problems[e.Problem]
	page := &messagePage{Words: v.words, Title: texts[0], Text: texts[1]}
	if e.Client != nil {
		v.client = e.Client.ID
		if e.Client.URI != nil {
			page.Label = fmt.Sprintf(v.words.StartAgain, e.Client.Name)
			page.Link = template.URL(*e.Client.URI) // of http or https, as its registration demands
		}
	}
	status := http.StatusBadRequest
	if e.Problem == authorization.BadForm {
		status = http.StatusForbidden
	}
	v.say(status, page)
}

// wait answers that the person has to try again.
func (v *visit) wait(status, seconds int) {
	v.w.Header().Set("Retry-After", strconv.Itoa(seconds))
	v.message(status, v.words.Busy, v.words.BusyText)
}

// chosen returns the words of the first language that we speak: of those that the
// application asks for, then of those that the browser does, in their order.
func chosen(locales []string, header string) *words {
	for part := range strings.SplitSeq(header, ",") {
		tag, _, _ := strings.Cut(part, ";")
		locales = append(slices.Clip(locales), strings.TrimSpace(tag))
	}
	for _, tag := range locales {
		language, _, _ := strings.Cut(tag, "-")
		for _, w := range languages() {
			if strings.EqualFold(language, w.Language) {
				return w
			}
		}
	}
	return english()
}
