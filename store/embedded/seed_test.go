package embedded

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gatehouse/store/embedded/runas"
)

// ownCache gives the test a cache folder of its own.
func ownCache(t *testing.T) (kept string) {
	t.Helper()
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache) // Unix
	t.Setenv("HOME", cache)           // macOS
	dir, err := os.UserCacheDir()
	must(t, err)
	return filepath.Join(dir, "gatehouse-test")
}

// planted starts a temporary server with the seed, which counts how often it is made, and
// fails unless the server has its content.
func planted(t *testing.T, key string, made *int) *Postgres {
	t.Helper()
	p, err := Temporary(t.Context(), Seed{Key: key, Fill: func(_ context.Context, p *Postgres) error {
		*made++
		return p.try(t, "CREATE TABLE planted AS SELECT 7 AS n")
	}})
	must(t, err)
	t.Cleanup(func() { stop(t, p) })
	if n := query[int](t, p, "SELECT n FROM planted"); n != 7 {
		t.Errorf("the content is %d", n)
	}
	return p
}

// TestSeedIsMadeOnce: each server has a copy of its own. A seed that can't be made is not kept.
func TestSeedIsMadeOnce(t *testing.T) {
	kept, broken, made := ownCache(t), errors.New("broken"), 0
	_, err := Temporary(t.Context(), Seed{Key: "a", Fill: func(context.Context, *Postgres) error { return broken }})
	if entries, _ := os.ReadDir(kept); !errors.Is(err, broken) || len(entries) > 0 {
		t.Errorf("error %v, want %v; %v is kept", err, broken, entries)
	}
	must(t, planted(t, "a", &made).try(t, "UPDATE planted SET n = 8"))
	planted(t, "a", &made)
	if made != 1 {
		t.Errorf("it was made %d times, want once", made)
	}
}

// TestSeedStore keeps a folder in place of a cluster. What can't be copied is made again.
func TestSeedStore(t *testing.T) {
	kept := ownCache(t)
	cluster := filepath.Join(t.TempDir(), "cluster")
	must(t, os.MkdirAll(filepath.Join(cluster, "base", "empty"), 0o700))
	must(t, os.WriteFile(filepath.Join(cluster, "PG_VERSION"), []byte("15\n"), 0o600))
	user, err := newOwner()
	must(t, err)
	bin, err := (&launcher{Config: Config{BinDir: os.Getenv("PG_BINDIR"), Log: slog.New(slog.DiscardHandler)}, machine: thisMachine()}).finder().Find(t.Context(), user, 0)
	must(t, err)
	a, b := keptSeeds(bin, "a"), keptSeeds(bin, "b")
	isCopied := func(what string, s seedStore, want bool) {
		t.Helper()
		to := filepath.Join(t.TempDir(), "copy")
		err := s.copyTo(to, user)
		text, _ := os.ReadFile(filepath.Join(to, "PG_VERSION"))
		fi, statErr := os.Stat(filepath.Join(to, "base", "empty"))
		if copied := err == nil && string(text) == "15\n" && statErr == nil && fi.IsDir(); copied != want || !copied && !errors.Is(err, errNoSeed) {
			t.Errorf("%s: copied %t, %v", what, copied, err)
		}
		if !want {
			return
		}
		if uid, _ := runas.Ownership(fi); uid != user.UID {
			t.Errorf("%s: it belongs to %d, want %d", what, uid, user.UID)
		}
	}
	isCopied("not kept yet", a, false)
	must(t, a.keep(cluster))
	must(t, a.keep(cluster)) // by another process, too
	isCopied("kept", a, true)
	isCopied("another content", b, false)
	must(t, os.Remove(filepath.Join(kept, a.name, "PG_VERSION")))
	socket, err := net.Listen("unix", filepath.Join(kept, a.name, "PG_VERSION")) // can't be copied
	must(t, err)
	isCopied("damaged", a, false)
	must(t, socket.Close())
	must(t, os.RemoveAll(kept))
	isCopied("its folder is gone", a, false)
	must(t, os.WriteFile(kept, nil, 0o600))
	if a.keep(cluster) == nil {
		t.Error("it is kept below a file")
	}
	isCopied("a file in the place of the folder", a, false)
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	nowhere := keptSeeds(bin, "a")
	must(t, nowhere.keep(cluster))
	isCopied("no cache folder", nowhere, false)
}

// TestSeedsArePruned removes those that were not used for a week.
func TestSeedsArePruned(t *testing.T) {
	dir, work := t.TempDir(), t.TempDir()
	now := time.Now()
	for name, used := range map[string]time.Time{"database-old": now.Add(-2 * seedLife), "database-new": now} {
		must(t, os.Mkdir(filepath.Join(dir, name), 0o700))
		must(t, os.Chtimes(filepath.Join(dir, name), used, used))
	}
	seedStore{dir: dir}.prune(work, now.Add(-seedLife))
	for name, want := range map[string]bool{"database-old": false, "database-new": true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
