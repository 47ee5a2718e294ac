package main

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
var errNoWrk = errors.New("wrk, which makes the load, is not on the PATH: install it (apt-get install wrk, or brew install wrk), " +
	"or use -load own, which takes more of the machine itself")

// wrk generates load with the program of that name, on one thread. It sends what is in a cycle; it can't send what depends on an answer, and
// only looks at the status of answers.
type wrk struct {
	program string
	dir     string // for its script
}

func newWrk(dir string) (*wrk, error) {
	program, err := exec.LookPath("wrk")
	if err != nil {
		return nil, errNoWrk
	}
	return &wrk{program, dir}, nil
}

func (w *wrk) generate(ctx context.Context, url string, from source, connections int, d time.Duration) (load, error) {
	c, ok := from.(*cycle)
	if !ok {
		return own(ctx, url, from, connections, d)
	}
	path, err := w.write(script(c.requests))
	if err != nil {
		return load{}, err
	}
	defer os.Remove(path)
	seconds := max(1, int(d.Round(time.Second).Seconds()))
	command := exec.CommandContext(ctx, w.program, "-t1", "-c"+strconv.Itoa(connections), "-d"+strconv.Itoa(seconds)+"s",
		"--timeout", "10s", "-s", path, url)
	var wrote bytes.Buffer
	command.Stdout, command.Stderr = &wrote, &wrote
	if err := command.Run(); err != nil {
		return load{}, fmt.Errorf("wrk: %w\n%s", err, wrote.String())
	}
	return parseWrk(wrote.String())
}

// write keeps a script in a file of its own, for several may run at once.
func (w *wrk) write(text string) (string, error) {
	file, err := os.CreateTemp(w.dir, "load-*.lua")
	if err != nil {
		return "", err
	}
	_, err = file.WriteString(text)
	return file.Name(), errors.Join(err, file.Close())
}

// script has wrk send the requests in turn, and print what it came to in one line.
func script(requests []request) string {
	var b strings.Builder
	b.WriteString("wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/json\"\n")
	if len(requests) == 1 { // which wrk formats once
		fmt.Fprintf(&b, "wrk.body = %s\n", lua(requests[0].body))
		if requests[0].bearer != "" {
			fmt.Fprintf(&b, "wrk.headers[\"Authorization\"] = %s\n", lua("Bearer "+requests[0].bearer))
		}
	} else {
		b.WriteString("local texts = {}\nlocal turn = 0\ninit = function()\n  local headers\n")
		for i, r := range requests {
			fmt.Fprintf(&b, "  headers = {[\"Content-Type\"] = \"application/json\"}\n")
			if r.bearer != "" {
				fmt.Fprintf(&b, "  headers[\"Authorization\"] = %s\n", lua("Bearer "+r.bearer))
			}
			fmt.Fprintf(&b, "  texts[%d] = wrk.format(nil, nil, headers, %s)\n", i+1, lua(r.body))
		}
		b.WriteString("end\nrequest = function()\n  turn = turn % #texts + 1\n  return texts[turn]\nend\n")
	}
	b.WriteString(`done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("came to: requests %d us %d wrong %d p50 %d p99 %d p999 %d\n", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
`)
	return b.String()
}

// lua writes a text as Lua does, byte by byte where it is not plain.
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

var cameTo = regexp.MustCompile(`came to: requests (\d+) us (\d+) wrong (\d+) p50 (\d+) p99 (\d+) p999 (\d+)`)

// parseWrk reads the line that the script prints. Requests that went wrong are an error: they would be quick.
func parseWrk(text string) (load, error) {
	found := cameTo.FindStringSubmatch(text)
	if found == nil {
		return load{}, fmt.Errorf("wrk says:\n%s", text)
	}
	var n [6]float64
	for i, digits := range found[1:] {
		n[i], _ = strconv.ParseFloat(digits, 64) // digits only
	}
	l := load{requests: int(n[0]), elapsed: time.Duration(n[1]) * time.Microsecond, p50: n[3] / 1000, p99: n[4] / 1000, p999: n[5] / 1000}
	if n[2] > 0 || l.requests == 0 {
		return l, fmt.Errorf("wrk counts %.0f failures of %d requests:\n%s", n[2], l.requests, text)
	}
	return l, nil
}
