package fault

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// What a client sees of an error.
func TestErrors(t *testing.T) {
	tests := []struct {
		err  *gqlerror.Error
		want string
	}{
		{New("No.", CodeForbidden), `{"message":"No.","extensions":{"code":"FORBIDDEN"}}`},
		{Of(errors.New("you are not logged in"), CodeUnauthenticated), `{"message":"You are not logged in.","extensions":{"code":"UNAUTHENTICATED"}}`},
		{
			At(&ast.Position{Line: 2, Column: 3}, "No.", CodeParseFailed),
			`{"message":"No.","locations":[{"line":2,"column":3}],"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}`,
		},
		{At(nil, "No.", CodeParseFailed), `{"message":"No.","extensions":{"code":"GRAPHQL_PARSE_FAILED"}}`},
		{
			TooLarge("cost", 10, 12),
			`{"message":"The operation is too large for this service.","extensions":{"allowed":10,"asked":12,"code":"OPERATION_TOO_LARGE","limit":"cost"}}`,
		},
		{
			TooLarge("explanation", 10, 0),
			`{"message":"The operation is too large for this service.","extensions":{"allowed":10,"code":"OPERATION_TOO_LARGE","limit":"explanation"}}`,
		},
	}
	for _, tt := range tests {
		if got, err := json.Marshal(tt.err); err != nil || string(got) != tt.want {
			t.Errorf("got %s, %v, want %s", got, err, tt.want)
		}
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		fault  *Fault
		status int
		header map[string]string
		code   Code
	}{
		{Invalid(New("No.", CodeValidationFailed)), 0, nil, CodeValidationFailed},
		{Status(http.StatusRequestURITooLong, TooLarge("url", 1, 2)), 414, nil, CodeOperationTooLarge},
		{BadRequest(http.StatusBadRequest, "No."), 400, nil, CodeBadRequest},
		{NotAllowed("GET, POST", "No."), 405, map[string]string{"Allow": "GET, POST"}, CodeBadRequest},
		{Invalid(New("No.", CodeUnavailable)).With(503, "Retry-After", RetryAfter), 503, map[string]string{"Retry-After": "1"}, CodeUnavailable},
		{Invalid(&gqlerror.Error{Extensions: map[string]any{"code": "FORBIDDEN"}}), 0, nil, CodeForbidden},
		{Invalid(&gqlerror.Error{}), 0, nil, ""},
	}
	for _, tt := range tests {
		f := tt.fault
		for name, value := range tt.header {
			if f.Header[name] != value {
				t.Errorf("%+v lacks %s: %s", f, name, value)
			}
		}
		if f.Status != tt.status || f.Code() != tt.code || len(f.Header) != len(tt.header) {
			t.Errorf("got %+v, want %d %s", f, tt.status, tt.code)
		}
	}
}
