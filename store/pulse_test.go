package store_test

import (
	"strconv"
	"strings"
	"syscall"
	"testing"

	"gatehouse/auth"
	"gatehouse/auth/keys"
)

// A replica whose heartbeat does not come back knows itself deaf, though its connection is there, and hears again by itself.
func TestDeafWithoutAPulse(t *testing.T) {
	r := newReplica(t)
	e := r.listen()
	pids := value[string](r, `SELECT string_agg(pid::text, ',') FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`)
	freeze(t, pids, func() {
		await(t, "deafness", func() bool { return !e.Hearing() })
		if turned := <-e.turns; turned {
			t.Error("it is told to hear again; want that it turned deaf")
		}
		before := e.keys.Load()
		await(t, "the keys read again and again", func() bool { return e.keys.Load() > before+1 })
	})
	await(t, "hearing again", e.Hearing)
	if turned := <-e.turns; !turned {
		t.Error("it is told to be deaf; want that it hears again")
	}
	if e.reloads.Load() != 1 {
		t.Errorf("%d reloads; want none, for nothing was missed", e.reloads.Load()-1)
	}
	id := r.user("ada@example.com", "user").ID
	r.user("root@example.com", "admin")
	r.change(id, rolesTo("admin"))
	e.hears(t, auth.Change{User: id, Roles: []string{"admin"}})
}

// A connection that stays silent is given up, and another one hears.
func TestSilentListener(t *testing.T) {
	r := newReplica(t)
	e := r.listen()
	const listening = `FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`
	pid := value[string](r, `SELECT pid::text `+listening)
	freeze(t, pid, func() {
		await(t, "deafness", func() bool { return !e.Hearing() })
		await(t, "hearing by another connection", e.Hearing)
		if e.reloads.Load() != 2 {
			t.Errorf("%d reloads; want one, for something may have been missed", e.reloads.Load()-1)
		}
	})
}

func TestKeysAreHeardOf(t *testing.T) {
	one := newReplica(t)
	e := one.listen()
	if err := replicaOn(t, one.dsn).SaveKey(t.Context(), keys.SealedKey{ID: "a", Algorithm: "EdDSA", Sealed: []byte{1}}, 0); err != nil {
		t.Fatal(err)
	}
	e.hears(t, auth.Change{Keys: true})
	if n := e.keys.Load(); n == 0 {
		t.Error("the keys were not read")
	}
}

// freeze stops the processes, as a machine that hangs does, while work goes on.
func freeze(t *testing.T, pids string, work func()) {
	t.Helper()
	signal := func(s syscall.Signal) {
		for pid := range strings.SplitSeq(pids, ",") {
			n, err := strconv.Atoi(pid)
			if err != nil {
				t.Fatal(err)
			}
			if err := syscall.Kill(n, s); err != nil {
				t.Fatal(err)
			}
		}
	}
	signal(syscall.SIGSTOP)
	defer signal(syscall.SIGCONT)
	work()
}
