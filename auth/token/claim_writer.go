package token

import (
	"errors"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A claimWriter writes the members of a JSON object.
type claimWriter struct {
	text []byte // begins with {
	err  error
}

func (w *claimWriter) name(name string) {
	if len(w.text) > 1 {
		w.text = append(w.text, ',')
	}
	w.text = append(w.text, '"')
	w.text = append(w.text, name...)
	w.text = append(w.text, '"', ':')
}

func (w *claimWriter) value(value string) {
	text, err := jsontext.AppendQuote(w.text, value)
	w.text, w.err = text, errors.Join(w.err, err)
}

func (w *claimWriter) member(name, value string) {
	w.name(name)
	w.value(value)
}

func (w *claimWriter) members(name string, values []string) {
	w.name(name)
	w.text = append(w.text, '[')
	for i, value := range values {
		if i > 0 {
			w.text = append(w.text, ',')
		}
		w.value(value)
	}
	w.text = append(w.text, ']')
}

func (w *claimWriter) date(name string, at time.Time) {
	w.name(name)
	w.text = strconv.AppendInt(w.text, at.Unix(), 10)
}

// private writes the claim "gatehouse", unless it is empty, as it is in nearly
// all tokens.
func (w *claimWriter) private(p *Private) {
	if p.Generation == 0 && !p.Limited && len(p.Limit) == 0 && len(p.Roles) == 0 && !p.Self && !p.Partial {
		return
	}
	text, err := json.Marshal(p)
	w.name("gatehouse")
	w.text, w.err = append(w.text, text...), errors.Join(w.err, err)
}
