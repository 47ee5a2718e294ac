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
	"gatehouse/graph/guard"
)

// An Answer is what goes back to the client.
type Answer struct {
	Media  string
	Status int
	Header map[string]string
	Data   json.RawMessage
	Errors gqlerror.List
	// Extensions are members of the answer beside data and errors; nil for none.
	Extensions map[string]any
}

// Fail answers a request that is not executed.
func (a *Answer) Fail(f *fault.Fault) {
	a.Status, a.Header, a.Errors = f.Status, f.Header, f.Errors
	if a.Status != 0 {
		return
	}
	a.Status = http.StatusOK
	if a.Media == MediaGraphQL {
		a.Status = http.StatusBadRequest
	}
}

// Done answers an operation that was executed, with the given number of errors of a kind at most.
func (a *Answer) Done(most int) {
	a.Status = http.StatusOK
	switch {
	case a.failed(fault.CodeUnavailable):
		a.Status, a.Header = http.StatusServiceUnavailable, fault.RetryLater()
	case a.failed(fault.CodeRateLimited):
		a.limited()
	}
	a.Errors = guard.Truncate(a.Errors, most)
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
	if len(failed) == 0 || json.Unmarshal(a.Data, &roots) != nil {
		return false
	}
	return roots == nil || len(roots) == len(failed)
}

// Code returns that of the first error, "" for none.
func (a *Answer) Code() fault.Code {
	for _, err := range a.Errors {
		if code := fault.CodeOf(err); code != "" {
			return code
		}
	}
	return ""
}

// Codes returns the codes of the answer's errors, each once.
func (a *Answer) Codes() []string {
	var codes []string
	for _, err := range a.Errors {
		if code := fault.CodeOf(err); code != "" && !slices.Contains(codes, string(code)) {
			codes = append(codes, string(code))
		}
	}
	return codes
}

// Values of headers that most answers have. Nobody changes them.
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
	if len(body) > 2000 { // a smaller one net/http measures by itself, and a map of eight headers need not grow
		header["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(body) // whoever does not read on has gone
}

// body puts data and errors together. The data is JSON already, and not gone through again.
func (a *Answer) body() []byte {
	var b bytes.Buffer
	b.Grow(len(a.Data) + 16)
	b.WriteByte('{')
	if len(a.Errors) > 0 {
		b.WriteString(`"errors":`)
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false) // it is no HTML
		_ = encoder.Encode(a.Errors) // a *gqlerror.Error of ours always can be
		b.Truncate(b.Len() - 1)      // the line break it ends with
	}
	if a.Data != nil {
		if len(a.Errors) > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"data":`)
		b.Write(a.Data)
	}
	if a.Extensions != nil {
		extensions, err := json.Marshal(a.Extensions)
		if err == nil {
			b.WriteString(`,"extensions":`)
			b.Write(extensions)
		}
	}
	b.WriteByte('}')
	return b.Bytes()
}

// limited answers a request that was refused as a whole because its like came too often.
func (a *Answer) limited() {
	longest := 0
	for _, err := range a.Errors {
		seconds, _ := err.Extensions["retryAfter"].(int)
		longest = max(longest, seconds)
	}
	a.Status = http.StatusTooManyRequests
	a.Header = map[string]string{"Retry-After": strconv.Itoa(longest)}
}
