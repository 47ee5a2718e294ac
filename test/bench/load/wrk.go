package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// errNoWrk says what to do without wrk.
var errNoWrk = errors.New("the load generator wrk is not on the PATH: install it (apt-get install wrk, or brew install wrk), " +
	"or use -load own, which uses more of the machine")

// Wrk generates load with the program of that name, on one thread. It sends the requests of a
// cycle. Its requests can't depend on answers, and it only checks their status.
type Wrk struct {
	program string
	dir     string // for its scripts
}

// NewWrk returns a generator that keeps its scripts in dir.
func NewWrk(dir string) (*Wrk, error) {
	program, err := exec.LookPath("wrk")
	if err != nil {
		return nil, errNoWrk
	}
	return &Wrk{program, dir}, nil
}

// Generate loads the URL with wrk for the duration d and returns what came back.
func (w *Wrk) Generate(ctx context.Context, url string, from Source, connections int, d time.Duration) (Load, error) {
	c, ok := from.(*Cycle)
	if !ok {
		return Own(ctx, url, from, connections, d)
	}
	path, err := w.write(script(c.requests))
	if err != nil {
		return Load{}, err
	}
	defer os.Remove(path)
	return forSeconds(ctx, d, func(seconds int) (Load, error) { return w.run(ctx, url, path, connections, seconds) })
}

func (w *Wrk) run(ctx context.Context, url, path string, connections, seconds int) (Load, error) {
	command := exec.CommandContext(ctx, w.program, "-t1", "-c"+strconv.Itoa(connections), "-d"+strconv.Itoa(seconds)+"s",
		"--timeout", "10s", "-s", path, url)
	var wrote bytes.Buffer
	command.Stdout, command.Stderr = &wrote, &wrote
	if err := command.Run(); err != nil {
		return Load{}, fmt.Errorf("wrk: %w\n%s", err, wrote.String())
	}
	return parseWrk(wrote.String())
}

// write writes a script to its own file, because several may run at once.
func (w *Wrk) write(text string) (string, error) {
	file, err := os.CreateTemp(w.dir, "load-*.lua")
	if err != nil {
		return "", err
	}
	_, err = file.WriteString(text)
	return file.Name(), errors.Join(err, file.Close())
}

// script returns a Lua script for wrk that sends the requests in turn, and prints the result on one
// line.
func script(requests []Request) string {
	var b strings.Builder
	if len(requests) == 1 { // wrk formats it once
		fmt.Fprintf(&b, "wrk.method = %s\nwrk.body = %s\n", lua(requests[0].method()), lua(requests[0].Body))
		for _, h := range requests[0].headers() {
			fmt.Fprintf(&b, "wrk.headers[%s] = %s\n", lua(h[0]), lua(h[1]))
		}
	} else {
		b.WriteString("local texts = {}\nlocal turn = 0\ninit = function()\n  local headers\n")
		for i, r := range requests {
			b.WriteString("  headers = {}\n")
			for _, h := range r.headers() {
				fmt.Fprintf(&b, "  headers[%s] = %s\n", lua(h[0]), lua(h[1]))
			}
			fmt.Fprintf(&b, "  texts[%d] = wrk.format(%s, nil, headers, %s)\n", i+1, lua(r.method()), lua(r.Body))
		}
		b.WriteString("end\nrequest = function()\n  turn = turn % #texts + 1\n  return texts[turn]\nend\n")
	}
	b.WriteString(`done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("result: requests %d us %d wrong %d p50 %d p99 %d p999 %d\n", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
`)
	return b.String()
}

// lua returns a Lua string literal, with escaped bytes where needed.
func lua(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			fmt.Fprintf(&b, `\%03d`, c)
			continue
		}
		b.WriteByte(c)
	}
	b.WriteByte('"')
	return b.String()
}

var resultLine = regexp.MustCompile(`result: requests (\d+) us (\d+) wrong (\d+) p50 (\d+) p99 (\d+) p999 (\d+)`)

// parseWrk parses the line that the script prints. Failed requests are an error, because they would
// be fast.
func parseWrk(text string) (Load, error) {
	found := resultLine.FindStringSubmatch(text)
	if found == nil {
		return Load{}, fmt.Errorf("wrk printed:\n%s", text)
	}
	var n [6]float64
	for i, digits := range found[1:] {
		n[i], _ = strconv.ParseFloat(digits, 64) // only digits
	}
	l := Load{Requests: int(n[0]), Elapsed: time.Duration(n[1]) * time.Microsecond, P50: n[3] / 1000, P99: n[4] / 1000, P999: n[5] / 1000}
	if n[2] == 0 && l.Requests == 0 {
		return l, fmt.Errorf("wrk: %w:\n%s", errNone, text)
	}
	if n[2] > 0 {
		return l, fmt.Errorf("wrk counted %.0f failures in %d requests:\n%s", n[2], l.Requests, text)
	}
	return l, nil
}
