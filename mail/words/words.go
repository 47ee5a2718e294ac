// Package words has what mails say: the words of each language in one file, and two
// layouts. An operator may replace any of them.
package words

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	html "html/template"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	text "text/template"

	"gatehouse/auth/bymail"
)

//go:embed *.json layout.txt layout.html
var own embed.FS

// The names of the layouts, and the language of those who ask for none.
const (
	textLayout      = "layout.txt"
	htmlLayout      = "layout.html"
	DefaultLanguage = "en"
)

// tag is the name of a file of words, without its ending.
var tag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// Words write mails.
type Words struct {
	service   string
	languages map[string]*language
	text      *text.Template
	html      *html.Template
}

// A language has the words of a language. Each is a template that may use the fields of
// view.
type language struct {
	Hello        string               `json:"hello"`
	HelloUnnamed string               `json:"hello_unnamed"`
	Code         string               `json:"code"`
	Address      string               `json:"address"`
	Valid        string               `json:"valid"`
	Asked        string               `json:"asked"`
	Ignore       string               `json:"ignore"`
	Minutes      [2]string            `json:"minutes"`
	Hours        [2]string            `json:"hours"`
	Days         [2]string            `json:"days"`
	Mails        map[bymail.Kind]mail `json:"mails"`
}

// A mail has the words of one kind of mail.
type mail struct {
	Subject string   `json:"subject"`
	Text    []string `json:"text"`
	Button  string   `json:"button"`
}

// Read reads the words for mails of the service with this name. The files in dir, if it
// is not nil, replace those of the same name and add languages. The error says which file
// is wrong, and how: every mail is written once.
func Read(service string, dir fs.FS) (*Words, error) {
	w := &Words{service: service, languages: map[string]*language{}}
	sources := []fs.FS{own}
	if dir != nil {
		sources = append(sources, dir)
	}
	for _, source := range sources {
		entries, err := fs.ReadDir(source, ".")
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if err := w.readFile(source, entry.Name()); err != nil {
				return nil, fmt.Errorf("%s: %w", entry.Name(), err)
			}
		}
	}
	return w, w.check()
}

func (w *Words) readFile(source fs.FS, name string) error {
	switch {
	case name == textLayout || name == htmlLayout:
		content, err := fs.ReadFile(source, name)
		if err != nil {
			return err
		}
		if name == textLayout {
			w.text, err = text.New(name).Option("missingkey=error").Parse(string(content))
		} else {
			w.html, err = html.New(name).Option("missingkey=error").Parse(string(content))
		}
		return err
	case path.Ext(name) == ".json" && tag.MatchString(strings.TrimSuffix(name, ".json")):
		content, err := fs.ReadFile(source, name)
		if err != nil {
			return err
		}
		return w.readLanguage(strings.TrimSuffix(name, ".json"), content)
	case strings.HasPrefix(name, "."):
		return nil
	}
	return fmt.Errorf("a file is %s, %s, or the words of a language, such as fr.json", textLayout, htmlLayout)
}

// readLanguage adds words to those of the language that are known.
func (w *Words) readLanguage(name string, content []byte) error {
	l := w.languages[name]
	if l == nil {
		l = &language{Mails: map[bymail.Kind]mail{}}
	}
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(l); err != nil {
		return err
	}
	if d.More() {
		return errors.New("there is something after the object")
	}
	w.languages[name] = l
	return nil
}

// check writes every mail in every language.
func (w *Words) check() error {
	for name, l := range w.languages {
		for kind := range l.Mails {
			if !slices.Contains(bymail.Kinds(), kind) {
				return fmt.Errorf("%s.json: no mail is called %q", name, kind)
			}
		}
		for _, kind := range bymail.Kinds() {
			if _, err := w.Write(bymail.Sample(kind, name)); err != nil {
				return fmt.Errorf("%s.json: %s: %w", name, kind, err)
			}
		}
	}
	return nil
}

// Languages returns the languages that mails are written in, sorted.
func (w *Words) Languages() []string {
	names := make([]string, 0, len(w.languages))
	for name := range w.languages {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// language returns the words for a language tag: its own, those of a more general tag, or
// English ones.
func (w *Words) language(asked string) (string, *language) {
	for asked != "" {
		for name, l := range w.languages {
			if strings.EqualFold(name, asked) {
				return name, l
			}
		}
		asked = asked[:max(0, strings.LastIndexByte(asked, '-'))]
	}
	return DefaultLanguage, w.languages[DefaultLanguage]
}
