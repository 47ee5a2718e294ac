package graph

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth"
)

// retryAfter is when to come back to a service that can't answer now, in seconds.
const retryAfter = 1

// An answer is what goes back to the client.
type answer struct {
	media  string
	status int
	header map[string]string
	data   json.RawMessage
	errors gqlerror.List
	// extensions are members of the answer beside data and errors; nil for none.
	extensions map[string]any

	source    Source     // for metrics; "" for what is no request
	operation *operation // for the log
	caller    *auth.Principal
}

// fail answers what is no GraphQL request, or has a bad credential.
func (a *answer) fail(fault *httpError) {
	a.status, a.header, a.errors = fault.status, fault.header, gqlerror.List{fault.error}
}

// invalid answers an operation that can't be executed. Clients that read plain JSON expect that to be a success.
func (a *answer) invalid(errors ...*gqlerror.Error) {
	a.status, a.errors = http.StatusOK, errors
	if a.media == mediaGraphQL {
		a.status = http.StatusBadRequest
	}
}

// done answers an operation that was executed, with the given number of errors of a kind at most.
func (a *answer) done(r result, most int) {
	a.status, a.data, a.errors, a.extensions = http.StatusOK, r.data, r.errors, r.extensions
	switch {
	case a.failed(CodeUnavailable):
		a.status = http.StatusServiceUnavailable
		a.header = map[string]string{"Retry-After": strconv.Itoa(retryAfter)}
	case a.failed(CodeRateLimited):
		a.limited()
	}
	a.errors = shown(a.errors, most)
}

// failed reports whether every root field failed with the code.
func (a *answer) failed(code ErrorCode) bool {
	if len(a.errors) == 0 {
		return false
	}
	failed := map[ast.PathElement]bool{}
	for _, err := range a.errors {
		if err.Extensions["code"] != code || len(err.Path) != 1 {
			return false
		}
		failed[err.Path[0]] = true
	}
	var roots map[string]json.RawMessage
	if len(failed) == 0 || json.Unmarshal(a.data, &roots) != nil {
		return false
	}
	return roots == nil || len(roots) == len(failed)
}

// code returns that of the first error, "" for none.
func (a *answer) code() ErrorCode {
	for _, err := range a.errors {
		if code, ok := err.Extensions["code"].(ErrorCode); ok {
			return code
		}
	}
	return ""
}

// codes returns the codes of the answer's errors, each once.
func (a *answer) codes() []string {
	var codes []string
	for _, err := range a.errors {
		if code, ok := err.Extensions["code"].(ErrorCode); ok && !slices.Contains(codes, string(code)) {
			codes = append(codes, string(code))
		}
	}
	return codes
}

// Values of headers that most answers have. Nobody changes them.
var (
	jsonType    = []string{mediaJSON + "; charset=utf-8"}
	graphQLType = []string{mediaGraphQL + "; charset=utf-8"}
	noStore     = []string{"no-store"}
)

// write sends the answer.
func (a *answer) write(w http.ResponseWriter) {
	header := w.Header()
	header["Content-Type"] = jsonType
	if a.media == mediaGraphQL {
		header["Content-Type"] = graphQLType
	}
	header["Cache-Control"] = noStore
	for name, value := range a.header {
		header.Set(name, value)
	}
	body := a.body()
	if len(body) > 2000 { // a smaller one net/http measures by itself, and a map of eight headers need not grow
		header["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // whoever does not read on has gone
}

// body puts data and errors together. The data is JSON already, and not gone through again.
func (a *answer) body() []byte {
	var b bytes.Buffer
	b.Grow(len(a.data) + 16)
	b.WriteByte('{')
	if len(a.errors) > 0 {
		b.WriteString(`"errors":`)
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false) // it is no HTML
		_ = encoder.Encode(a.errors) // a *gqlerror.Error of ours always can be
		b.Truncate(b.Len() - 1)      // the line break it ends with
	}
	if a.data != nil {
		if len(a.errors) > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"data":`)
		b.Write(a.data)
	}
	if a.extensions != nil {
		extensions, err := json.Marshal(a.extensions)
		if err == nil {
			b.WriteString(`,"extensions":`)
			b.Write(extensions)
		}
	}
	b.WriteByte('}')
	return b.Bytes()
}
