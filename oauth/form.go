package oauth

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	protocol "gatehouse/auth/oauth"
)

// FormLimit is the largest size of a form, in bytes.
const FormLimit = 32 << 10

// formMedia is the only media type of requests (RFC 6749, 3.2).
const formMedia = "application/x-www-form-urlencoded"

// A Form is the parameters of a request. Those without a value are left out (RFC 6749,
// 3.1), and only resource comes more than once (RFC 8707, 2).
type Form map[string][]string

// Get returns the value of a parameter, or "".
func (f Form) Get(name string) string {
	if values := f[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// All returns the values of a parameter that may be repeated.
func (f Form) All(name string) []string { return f[name] }

// readForm reads the form in the body of a request. Parameters in the URL don't count.
func readForm(w http.ResponseWriter, r *http.Request) (Form, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != formMedia {
		return nil, &statusError{http.StatusUnsupportedMediaType, invalid("Send a form: Content-Type: " + formMedia + ".")}
	}
	if r.Header.Get("Content-Encoding") != "" {
		return nil, &statusError{http.StatusUnsupportedMediaType, invalid("Send the form without a Content-Encoding.")}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, FormLimit))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, &statusError{http.StatusRequestEntityTooLarge, invalid("The form is larger than 32 KiB.")}
	}
	if err != nil {
		return nil, invalid("The form did not arrive as a whole.")
	}
	return ParseForm(string(body))
}

// ParseForm reads the parameters of a form or of a URL's query. It refuses a parameter
// that comes twice, unless it is resource (RFC 6749, 3.1).
func ParseForm(text string) (Form, error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return nil, invalid("The form is not well-formed.")
	}
	form := Form{}
	for name, all := range values {
		if !isText(name) {
			return nil, invalid("The form has characters that are not text.")
		}
		for _, value := range all {
			if !isText(value) {
				return nil, invalid("The form has characters that are not text.")
			}
			if value != "" {
				form[name] = append(form[name], value)
			}
		}
		if len(all) > 1 && name != "resource" {
			return nil, invalid("A parameter comes more than once.")
		}
	}
	return form, nil
}

// isText reports whether a value is UTF-8 without NUL, as the database takes it.
func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

func invalid(description string) *protocol.Error {
	return &protocol.Error{Code: protocol.InvalidRequest, Description: description}
}
