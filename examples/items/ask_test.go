package main

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// ask sends an operation with an access token, "" for none.
func ask(t *testing.T, url, access, query string) harness.Reply {
	t.Helper()
	return (&harness.Client{URL: url}).Ask(t, access, query, nil)
}

// send sends any request. Errors and data of the reply are empty if the answer
// is not JSON.
func send(t *testing.T, method, url string, header http.Header, body string) harness.Reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
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
	if !strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") {
		return harness.Reply{Status: response.StatusCode, Header: response.Header, Body: string(text)}
	}
	r, err := harness.ParseReply(response.StatusCode, response.Header, text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// words says the first error in a few words: its code, its reason, and what is
// missing.
func words(r harness.Reply) string {
	if len(r.Errors) == 0 {
		return ""
	}
	words := []string{r.Code()}
	if reason := r.Reason(); reason != "" {
		words = append(words, reason)
	}
	missing, _ := r.Errors[0].Extensions["missing"].([]any)
	for _, all := range missing {
		for _, one := range all.([]any) {
			words = append(words, one.(string))
		}
	}
	return strings.Join(words, " ")
}

// want fails unless the first error is the one described, "" for none, and the
// data is this JSON, "" for any.
func want(t *testing.T, r harness.Reply, word, data string) {
	t.Helper()
	if words(r) != word {
		t.Errorf("error = %q, want %q: %s", words(r), word, r.Body)
	}
	if data != "" && !strings.Contains(r.Body, `"data":`+data+"}") {
		t.Errorf("answer = %s, want data %s", r.Body, data)
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
