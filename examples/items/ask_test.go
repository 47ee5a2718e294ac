package main

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// A reply is what came back.
type reply struct {
	Data   json.RawMessage
	Errors []replyError

	status int
	header http.Header
	body   string
}

type replyError struct {
	Message    string
	Path       []any
	Extensions map[string]any
}

// ask sends an operation with an access token, "" for none.
func ask(t *testing.T, url, access, query string, variables map[string]any) reply {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if access != "" {
		header.Set("Authorization", "Bearer "+access)
	}
	return send(t, http.MethodPost, url+"/graphql", header, string(body))
}

func send(t *testing.T, method, url string, header http.Header, body string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(timed(t), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	r := reply{status: response.StatusCode, header: response.Header, body: string(text)}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatalf("the answer is not JSON: %v: %s", err, text)
		}
	}
	return r
}

// word is the first error in a few words: its code, its reason, and what was missing.
func (r reply) word() string {
	if len(r.Errors) == 0 {
		return ""
	}
	extensions := r.Errors[0].Extensions
	words := []string{extensions["code"].(string)}
	if reason, ok := extensions["reason"].(string); ok {
		words = append(words, reason)
	}
	missing, _ := extensions["missing"].([]any)
	for _, all := range missing {
		for _, one := range all.([]any) {
			words = append(words, one.(string))
		}
	}
	return strings.Join(words, " ")
}

// wants fails unless the first error is the one described, "" for none, and the data is this, "" for whatever it is.
func (r reply) wants(t *testing.T, word, data string) {
	t.Helper()
	if r.word() != word {
		t.Errorf("error = %q, want %q: %s", r.word(), word, r.body)
	}
	if data != "" && string(r.Data) != data {
		t.Errorf("data = %s, want %s", r.Data, data)
	}
}

func sameJSON(t *testing.T, got, want string) bool {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(a, b)
}
