package load

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestWithoutWrk(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := NewWrk(t.TempDir()); !errors.Is(err, errNoWrk) {
		t.Errorf("error = %v", err)
	}
}

// Several run at once, each sending all of its own requests with their tokens. A wrong answer is an
// error.
func TestWrk(t *testing.T) {
	if _, err := exec.LookPath("wrk"); err != nil {
		t.Skip("wrk is not installed")
	}
	var mu sync.Mutex
	seen := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		seen[strings.TrimSpace(r.Method+" "+r.Header.Get("Authorization")+" "+r.Header.Get("Origin")+string(body))]++
		mu.Unlock()
		if strings.Contains(string(body), "broken") {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer server.Close()
	w, err := NewWrk(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	generate := func(requests ...Request) (Load, error) {
		return w.Generate(t.Context(), server.URL, NewCycle(1, Errors, requests...), 1, time.Second)
	}
	var loads [2]Load
	var failed [3]error
	var running sync.WaitGroup
	running.Go(func() {
		loads[0], failed[0] = generate(Request{Body: `{"q":"a\n"}`, Bearer: "one"}, Request{Body: `{"q":"b"}`, Bearer: "two"})
	})
	running.Go(func() {
		loads[1], failed[1] = generate(Request{Method: http.MethodGet, Bearer: "three", Origin: "http://here"})
	})
	running.Go(func() { _, failed[2] = generate(Request{Body: "broken"}) })
	running.Wait()
	if failed[0] != nil || failed[1] != nil || failed[2] == nil {
		t.Fatalf("errors = %v; want none, none and one", failed)
	}
	a, b, c := seen[`POST Bearer one {"q":"a\n"}`], seen[`POST Bearer two {"q":"b"}`], seen["GET Bearer three http://here"]
	if a == 0 || b == 0 || a-b > 1 || b-a > 1 || c == 0 || len(seen) != 4 {
		t.Errorf("the server saw %v", seen)
	}
	// wrk doesn't count the requests in progress at the end.
	if got := loads[0].Requests; got > a+b || got < a+b-2 || loads[1].Requests > c {
		t.Errorf("wrk counts %d and %d, the server saw %v", got, loads[1].Requests, seen)
	}
}
