package transport

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/graph/fault"
)

// A Result is the outcome of an operation.
type Result struct {
	Data       json.RawMessage // nil: no member data
	Errors     gqlerror.List
	Extensions map[string]any // nil: no member extensions
}

// An Answer is the response to a request.
type Answer struct {
	Result
	Media  string
	Status int
	Header map[string]string
}

// Failed returns the answer to a request that is not executed.
func Failed(media string, f *fault.Fault) *Answer {
	a := &Answer{Media: media, Status: f.Status, Header: f.Header, Result: Result{Errors: f.Errors}}
	if a.Status == 0 {
		a.Status = http.StatusOK
		if media == MediaGraphQL {
			a.Status = http.StatusBadRequest
		}
	}
	return a
}

// Executed returns the answer with the result of an operation.
func Executed(media string, r Result) *Answer {
	a := &Answer{Media: media, Status: http.StatusOK, Result: r}
	switch {
	case a.failed(fault.CodeUnavailable):
		a.Status, a.Header = http.StatusServiceUnavailable, map[string]string{"Retry-After": fault.RetryAfter}
	case a.failed(fault.CodeRateLimited):
		a.Status, a.Header = http.StatusTooManyRequests, map[string]string{"Retry-After": strconv.Itoa(a.wait())}
	}
	return a
}

// statusClientGone is the status of an answer that no client receives, as nginx logs it.
const statusClientGone = 499

// Abandon makes the answer one that no client receives: the client has hung up. It has no
// errors, because they are not the service's fault.
func (a *Answer) Abandon() {
	a.Status, a.Header, a.Result = statusClientGone, nil, Result{}
}

// failed reports whether every root field failed with the code.
func (a *Answer) failed(code fault.Code) bool {
	if len(a.Errors) == 0 {
		return false
	}
	failed := map[ast.PathElement]bool{}
	for _, err := range a.Errors {
		if fault.CodeOf(err) != code || len(err.Path) != 1 {
			return false
		}
		failed[err.Path[0]] = true
	}
	var roots map[string]json.RawMessage
	if json.Unmarshal(a.Data, &roots) != nil {
		return false
	}
	return roots == nil || len(roots) == len(failed)
}

// wait returns the longest of the times after which to try again, in seconds.
func (a *Answer) wait() int {
	longest := 0
	for _, err := range a.Errors {
		seconds, _ := err.Extensions["retryAfter"].(int)
		longest = max(longest, seconds)
	}
	return longest
}

// Code returns the code of the first error that has one, "" if none has.
func (a *Answer) Code() fault.Code {
	for _, err := range a.Errors {
		if code := fault.CodeOf(err); code != "" {
			return code
		}
	}
	return ""
}

// Codes returns the codes of the errors, each once.
func (a *Answer) Codes() []string {
	var codes []string
	for _, err := range a.Errors {
		if code := string(fault.CodeOf(err)); code != "" && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

// Values of headers that most answers share. They must not be changed.
var (
	jsonType    = []string{MediaJSON + "; charset=utf-8"}
	graphQLType = []string{MediaGraphQL + "; charset=utf-8"}
	noStore     = []string{"no-store"}
)

// Write sends the answer.
func (a *Answer) Write(w http.ResponseWriter) {
	header := w.Header()
	header["Content-Type"] = jsonType
	if a.Media == MediaGraphQL {
		header["Content-Type"] = graphQLType
	}
	header["Cache-Control"] = noStore
	for name, value := range a.Header {
		header.Set(name, value)
	}
	body := a.body()
	if len(body) > 2000 { // net/http measures a smaller body itself, and a map of eight headers need not grow
		header["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(body) // if it fails, the client has gone
}

// body puts the members together. The data is JSON already and is copied.
func (a *Answer) body() []byte {
	var b bytes.Buffer
	b.Grow(len(a.Data) + 16)
	b.WriteByte('{')
	if len(a.Errors) > 0 {
		b.WriteString(`"errors":`)
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(a.Errors) // what package fault builds can always be encoded
		b.Truncate(b.Len() - 1)      // the line break at its end
	}
	if a.Data != nil {
		if len(a.Errors) > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"data":`)
		b.Write(a.Data)
	}
	if a.Extensions != nil {
		if extensions, err := json.Marshal(a.Extensions); err == nil {
			b.WriteString(`,"extensions":`)
			b.Write(extensions)
		}
	}
	b.WriteByte('}')
	return b.Bytes()
}

// Busy answers a request that the service has no capacity for, before any of
// it is read.
func Busy(w http.ResponseWriter, r *http.Request) {
	g := fault.New("The service is overloaded. Try again in a moment.", fault.CodeUnavailable)
	f := fault.Invalid(g).With(http.StatusServiceUnavailable, "Retry-After", fault.RetryAfter)
	Failed(Accepted(r.Header), f).Write(w)
}
