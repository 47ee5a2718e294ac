package counts

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"gatehouse/test/redistest"
)

// awaitShared makes calls until they are counted in Redis again.
func awaitShared(t *testing.T, c *Counts) {
	t.Helper()
	limit := limited(1_000_000, time.Hour)
	for range 6000 { // a minute
		allow(t, c, limit, "any")
		if c.paused.Load() == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("Redis can't be used after a minute")
}

func TestSentinels(t *testing.T) {
	group := redistest.StartGroup(t)
	t.Run("no master", func(t *testing.T) { noMaster(t, group) })
	t.Run("bad sentinels", func(t *testing.T) { badSentinels(t, group) })
	t.Run("failover", func(t *testing.T) { failover(t, group) })
}

// With sentinels, counts survive the end of the master: a replica that opens its counts
// then goes on where the others were. A sentinel that is away does no harm.
func failover(t *testing.T, group *redistest.Group) {
	url := "redis+sentinel://127.0.0.1:1," + strings.Join(group.Sentinels, ",") + "/" + redistest.MasterName
	var log bytes.Buffer
	c, limit := opened(t, url, &log), limited(5, time.Hour)
	for range 3 {
		if wait := allow(t, c, limit, "ann"); wait != 0 {
			t.Fatalf("waits %s", wait)
		}
	}
	if log.Len() > 0 {
		t.Fatalf("log: %s", &log)
	}
	group.InStep(t)
	group.Master(t).Stop()
	awaitShared(t, c)
	late := opened(t, strings.Replace(url, "127.0.0.1:1,", "", 1), &log)
	for range 2 {
		if wait := allow(t, late, limit, "ann"); wait != 0 {
			t.Errorf("waits %s after a failover", wait)
		}
	}
	if wait := allow(t, late, limit, "ann"); wait == 0 {
		t.Error("a failover made five uses six")
	}
}

// What sentinels can't answer is in the log.
func noMaster(t *testing.T, group *redistest.Group) {
	for url, want := range map[string]string{
		"redis+sentinel://" + group.Sentinels[0] + "/othermaster":                             "knows no master called othermaster",
		"redis+sentinel://:wrong-canary@" + group.Sentinels[0] + "/mymaster":                  "AUTH",
		"redis+sentinel://" + group.Sentinels[0] + "/mymaster?sentinel_password=wrong-canary": "AUTH",
		"redis+sentinel://127.0.0.1:1,127.0.0.1:2/mymaster":                                   "sentinel 127.0.0.1:2",
	} {
		var log bytes.Buffer
		c := opened(t, url, &log)
		c.Ping(t.Context())
		if c.Shared() || !strings.Contains(log.String(), want) || strings.Contains(log.String(), "canary") {
			t.Errorf("%s: log %q, want %q", url, &log, want)
		}
	}
}

// Neither a sentinel that does not answer nor one that is behind keeps us from the master.
func badSentinels(t *testing.T, group *redistest.Group) {
	deaf, behind := listener(t), listener(t)
	go func() {
		for {
			c, err := behind.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1<<10))
			host, port, _ := net.SplitHostPort(group.Replica)
			_, _ = fmt.Fprintf(c, "*2\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(host), host, len(port), port)
		}
	}()
	bad := deaf.Addr().String() + "," + behind.Addr().String()
	var log bytes.Buffer
	c := opened(t, "redis-sentinel://"+bad+","+group.Sentinels[0]+"/0#"+redistest.MasterName, &log)
	began := time.Now()
	if c.Ping(t.Context()); log.Len() > 0 || time.Since(began) > patient/2 {
		t.Errorf("after %s: %s", time.Since(began), &log)
	}
	c = opened(t, "redis-sentinel://"+behind.Addr().String()+"/0#"+redistest.MasterName, &log)
	if c.Ping(t.Context()); !strings.Contains(log.String(), "is not a master") {
		t.Errorf("a replica is used as master; log: %s", &log)
	}
}

func listener(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}
