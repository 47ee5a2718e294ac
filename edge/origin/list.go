package origin

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// A List is the origins whose pages may send requests: the cross-site check and
// CORS ask the same one. The zero List allows none.
type List struct {
	any     bool
	origins []Origin
	texts   []string // the same, as browsers send them
}

// ParseList parses origins that are separated by commas or white space. The
// asterisk stands for every origin. An origin that comes twice is kept once.
// The error lists every fault.
func ParseList(text string) (List, error) {
	var l List
	var faults []error
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		if part == "*" {
			l.any = true
			continue
		}
		o, err := Parse(part)
		if err != nil {
			if !slices.Contains(faults, err) {
				faults = append(faults, err)
			}
			continue
		}
		l = l.With(o)
	}
	if len(faults) > 0 {
		return List{}, errors.Join(faults...)
	}
	return l, nil
}

// With returns the list with one more origin.
func (l List) With(o Origin) List {
	if !slices.Contains(l.origins, o) {
		l.origins, l.texts = append(slices.Clip(l.origins), o), append(slices.Clip(l.texts), o.String())
	}
	return l
}

// Any reports whether every origin is allowed.
func (l List) Any() bool { return l.any }

// Empty reports whether no origin is allowed.
func (l List) Empty() bool { return !l.any && len(l.origins) == 0 }

// Origins returns the origins by name.
func (l List) Origins() []Origin { return slices.Clone(l.origins) }

// String returns the list in the form in which it is set.
func (l List) String() string {
	texts := slices.Clone(l.texts)
	if l.any {
		texts = slices.Insert(texts, 0, "*")
	}
	return strings.Join(texts, ",")
}

// Allows reports whether the list has the origin in a header Origin.
func (l List) Allows(header string) bool {
	if header == "" {
		return false
	}
	if l.any || slices.Contains(l.texts, header) {
		return true
	}
	o, err := Parse(header) // not from a browser
	return err == nil && slices.Contains(l.origins, o)
}

// Foreign reports whether a request comes from a page that may not send it: of
// another site, and not in the list. It judges GET too, which
// [http.CrossOriginProtection] lets pass, because ours may carry an operation,
// and the OPTIONS of a preflight.
func (l List) Foreign(r *http.Request) bool {
	if l.any || l.Allows(r.Header.Get("Origin")) {
		return false
	}
	if r.Method != http.MethodPost {
		r = r.WithContext(r.Context()) // a copy
		r.Method = http.MethodPost
	}
	var protection http.CrossOriginProtection
	return protection.Check(r) != nil
}
