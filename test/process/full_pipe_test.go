package process_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// unread starts the service with a log that nothing reads: a full pipe.
func unread(t *testing.T) (p *harness.Process, metrics string, log *os.File) {
	t.Helper()
	log, end, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	metrics = harness.FreeAddress(t)
	c := harness.Config(t, harness.Folder(t), harness.Environ(storetest.DSN(t), "METRICS_ADDR="+metrics))
	c.Stderr = end
	p = harness.Begin(t, c)
	_ = end.Close()
	if err := p.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p, metrics, log
}

const lostLines = "gatehouse_log_lines_lost_total"

// loseLines asks until lines of the log are lost: long after the pipe, which holds
// 64 KiB, is full.
func loseLines(t *testing.T, p *harness.Process, metrics string) {
	t.Helper()
	const logouts = `mutation { a: logout b: logout c: logout d: logout e: logout }` // a line for each
	for harness.Scrape(t, metrics)[lostLines] == "0" {
		harness.Together(4, func(int) {
			for range 100 {
				p.Ask(t, "", logouts, nil).Want(t, "")
			}
		})
	}
}

// TestUnreadLog: a log that nothing reads delays neither requests nor the end.
func TestUnreadLog(t *testing.T) {
	p, metrics, _ := unread(t)
	loseLines(t, p, metrics)
	began := time.Now()
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("the service ended with %v", err)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it took %v to stop", took)
	}
}

// TestLogReadAgain: once the log is read again, it says how many lines are
// missing, and goes on until the end.
func TestLogReadAgain(t *testing.T) {
	p, metrics, log := unread(t)
	loseLines(t, p, metrics)
	lines := make(chan []string)
	go func() {
		var all []string
		for scanner := bufio.NewScanner(log); scanner.Scan(); {
			all = append(all, scanner.Text())
		}
		lines <- all
	}()
	harness.Eventually(t, "the log is written again", func() bool {
		before := harness.Scrape(t, metrics)[lostLines]
		p.Ask(t, "", `{ __typename }`, nil).Want(t, "")
		return harness.Scrape(t, metrics)[lostLines] == before
	})
	lost := harness.Scrape(t, metrics)[lostLines]
	p.Ask(t, "", `query Afterwards { __typename }`, nil).Want(t, "")
	if err := p.Stop(); err != nil {
		t.Errorf("the service ended with %v", err)
	}
	_, _ = io.Copy(io.Discard, log)
	missing, after, last := 0, false, ""
	for _, line := range <-lines {
		var n int
		if i := strings.Index(line, `missing here`); i >= 0 {
			if _, err := fmt.Sscanf(line[strings.LastIndex(line, `"lines":`):], `"lines":%d`, &n); err != nil {
				t.Errorf("%v: %s", err, line)
			}
			missing += n
		}
		after = after || missing > 0 && strings.Contains(line, `"Afterwards"`)
		last = line
	}
	if fmt.Sprint(missing) != lost || !after || !strings.Contains(last, "finishing the requests") {
		t.Errorf("%d lines are said to be missing, want %s; afterwards: %t; the last line is %s", missing, lost, after, last)
	}
}
