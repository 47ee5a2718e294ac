package logs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// A pipe is full until it is read, or broken.
type pipe struct {
	mu     sync.Mutex
	room   sync.Cond
	full   bool
	faults []error // of the next writes
	text   bytes.Buffer
	writes int
}

func newPipe() *pipe {
	p := &pipe{}
	p.room.L = &p.mu
	return p
}

func (p *pipe) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.full {
		p.room.Wait()
	}
	if len(p.faults) > 0 {
		err := p.faults[0]
		p.faults = p.faults[1:]
		return 0, err
	}
	p.writes++
	return p.text.Write(text)
}

func (p *pipe) fill(full bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.full = full
	p.room.Broadcast()
}

func (p *pipe) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Split(strings.TrimSuffix(p.text.String(), "\n"), "\n")
}

// written returns how many writes there were.
func (p *pipe) written() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.writes
}

// plain formats lines without their time.
func plain(out io.Writer) slog.Handler {
	return slog.NewTextHandler(out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
}

func open(out io.Writer) *Log {
	return New(out, plain, func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) })
}

func TestLinesAreWrittenInOrder(t *testing.T) {
	p := newPipe()
	l := open(p)
	const writers, each = 8, 500
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				l.Info("line", "writer", w, "n", i)
			}
		})
	}
	all.Wait()
	if !l.Close() || l.Lost() != 0 {
		t.Fatalf("not flushed, %d lines lost", l.Lost())
	}
	next := [writers]int{}
	lines := p.lines()
	for _, line := range lines {
		var w, n int
		if _, err := fmt.Sscanf(line, "level=INFO msg=line writer=%d n=%d", &w, &n); err != nil || next[w] != n {
			t.Fatalf("%s: %v, want line %d of its writer", line, err, next[w])
		}
		next[w]++
	}
	if len(lines) != writers*each {
		t.Errorf("%d lines, want %d", len(lines), writers*each)
	}
}

// TestFullPipe logs more than fits while nothing reads. No call waits, and once
// the log is read again, one line says how many are missing.
func TestFullPipe(t *testing.T) {
	p := newPipe()
	p.fill(true)
	l := open(p)
	const total = 3 * limit / 1000
	for i := range total {
		l.Info(fmt.Sprintf("%04d%s", i, strings.Repeat("x", 1000)))
	}
	lost := l.Lost()
	if lost == 0 || lost >= total {
		t.Fatalf("%d of %d lines lost", lost, total)
	}
	p.fill(false)
	for l.Info("again"); !strings.Contains(strings.Join(p.lines(), "\n"), "msg=again"); {
		time.Sleep(time.Millisecond)
		l.Info("again")
	}
	if !l.Close() {
		t.Fatal("not flushed")
	}
	written, gaps := 0, 0
	for i, line := range p.lines() {
		switch {
		case strings.Contains(line, "missing here"):
			var n int
			if _, err := fmt.Sscanf(line[strings.LastIndex(line, "lines="):], "lines=%d", &n); err != nil || int64(n) != l.Lost() {
				t.Errorf("%s: %v, want %d", line, err, l.Lost())
			}
			gaps++
		case strings.Contains(line, "xxxx"):
			if gaps > 0 || !strings.Contains(line, fmt.Sprintf("msg=%04dx", i)) {
				t.Errorf("line %d is %.30s, after %d gaps", i, line, gaps)
			}
			written++
		}
	}
	if gaps != 1 || written+int(lost) != total {
		t.Errorf("%d lines written and %d lost of %d, %d gaps", written, lost, total, gaps)
	}
}

// TestBrokenPipe: what can't be written is counted, and the log goes on.
func TestBrokenPipe(t *testing.T) {
	p := newPipe()
	p.faults = []error{syscall.EAGAIN, syscall.EPIPE, syscall.ENOSPC}
	l := open(p)
	l.Info("first")
	for l.Lost() < 1 {
		time.Sleep(time.Millisecond)
	}
	l.Info("second") // the line about the first one fails, and this one does not
	if !l.Close() || l.Lost() != 1 {
		t.Errorf("%d lines lost, want 1", l.Lost())
	}
	if got := p.lines(); len(got) != 1 || got[0] != "level=INFO msg=second" {
		t.Errorf("written: %q", got)
	}
	p.faults = nil
	l = open(p)
	p.faults = []error{errors.New("no space")}
	l.Info("third")
	for l.Lost() < 1 {
		time.Sleep(time.Millisecond)
	}
	l.Info("fourth")
	if !l.Close() || !strings.HasSuffix(strings.Join(p.lines()[1:], "|"), "lines=1|level=INFO msg=fourth") {
		t.Errorf("written: %q", p.lines())
	}
}

// TestLinesAreGathered: the first line after a pause is written at once, and the
// next ones together, within the time that the documentation names.
func TestLinesAreGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipe()
		l := open(p)
		for range 3 {
			time.Sleep(time.Second)
			before := p.written()
			l.Info("alone")
			if synctest.Wait(); p.written() != before+1 {
				t.Fatalf("%d writes, want one at once", p.written()-before)
			}
			for range 100 {
				l.Info("one of many")
				time.Sleep(gather / 200)
			}
			if synctest.Wait(); p.written() != before+1 {
				t.Errorf("%d writes before the time has come", p.written()-before)
			}
			time.Sleep(gather)
			if synctest.Wait(); p.written() != before+2 {
				t.Errorf("%d writes, want one for all", p.written()-before)
			}
			if n := len(p.lines()); n%101 != 0 {
				t.Errorf("%d lines are written after %v", n, gather)
			}
		}
		if !l.Close() {
			t.Error("not flushed")
		}
	})
}

// TestManyLinesDontWait: a quarter of the room is written before its time.
func TestManyLinesDontWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipe()
		l := open(p)
		for i := range 3 {
			l.Info("first")
			synctest.Wait()
			text := strings.Repeat("x", 1000)
			for n := 0; n <= urgent; n += len("level=INFO msg=\n") + len(text) {
				l.Info(text)
			}
			if synctest.Wait(); p.written() != 2*(i+1) {
				t.Errorf("%d writes, want %d", p.written(), 2*(i+1))
			}
			time.Sleep(time.Second)
		}
		if !l.Close() || l.Lost() != 0 {
			t.Errorf("not flushed, or %d lines lost", l.Lost())
		}
	})
}

// TestCloseWritesWhatWaits: nothing that was logged before Close is lost, and
// Close doesn't wait for the time.
func TestCloseWritesWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipe()
		l := open(p)
		l.Info("first")
		synctest.Wait()
		l.Info("second")
		begin := time.Now()
		if !l.Close() || time.Since(begin) > 0 {
			t.Errorf("closed after %v", time.Since(begin))
		}
		if got := p.lines(); len(got) != 2 || got[1] != "level=INFO msg=second" {
			t.Errorf("written: %q", got)
		}
	})
}

// TestCloseDoesNotWait: a log that nothing reads does not keep a program from
// ending.
func TestCloseDoesNotWait(t *testing.T) {
	p := newPipe()
	p.fill(true)
	l := open(p)
	l.Info("unread")
	if l.Close() {
		t.Error("all lines are said to be written")
	}
	l.Info("late")
	if l.Lost() != 1 {
		t.Errorf("%d lines lost, want the late one", l.Lost())
	}
	p.fill(false)
}

func BenchmarkLine(b *testing.B) {
	l := open(io.Discard)
	b.ReportAllocs()
	for b.Loop() {
		l.Info("graphql", "request_id", "abc-1", "status", 200)
	}
	l.Close()
}
