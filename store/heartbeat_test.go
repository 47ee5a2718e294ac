package store_test

import (
	"strconv"
	"strings"
	"syscall"
	"testing"

	"gatehouse/auth/keys"
	"gatehouse/auth/revocation"
)

// A replica whose heartbeats don't come back is stale, although its connection is open.
// It recovers by itself.
func TestStaleWithoutHeartbeats(t *testing.T) {
	r := newReplica(t)
	e := r.listen()
	pids := value[string](r, `SELECT string_agg(pid::text, ',') FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`)
	freeze(t, pids, func() {
		await(t, "being stale", func() bool { return !e.InSync() })
		if inSync := <-e.states; inSync {
			t.Error("it reported being in sync again; want stale")
		}
		before := e.keys.Load()
		await(t, "repeated reloads of the keys", func() bool { return e.keys.Load() > before+1 })
	})
	await(t, "being in sync again", e.InSync)
	if inSync := <-e.states; !inSync {
		t.Error("it reported being stale; want in sync again")
	}
	if e.reloads.Load() != 1 {
		t.Errorf("%d reloads; want none, because nothing was missed", e.reloads.Load()-1)
	}
	id := r.user("ada@example.com", "user").ID
	r.user("root@example.com", "admin")
	r.change(id, rolesTo("admin"))
	e.expect(t, revocation.Change{User: id, Roles: []string{"admin"}})
}

// A connection that stays silent is replaced by another.
func TestSilentListener(t *testing.T) {
	r := newReplica(t)
	e := r.listen()
	const listening = `FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`
	pid := value[string](r, `SELECT pid::text `+listening)
	freeze(t, pid, func() {
		await(t, "being stale", func() bool { return !e.InSync() })
		await(t, "being in sync by another connection", e.InSync)
		if e.reloads.Load() != 2 {
			t.Errorf("%d reloads; want one, because a change may have been missed", e.reloads.Load()-1)
		}
	})
}

func TestListenerReloadsKeys(t *testing.T) {
	one := newReplica(t)
	e := one.listen()
	if err := replicaOn(t, one.dsn).SaveKey(t.Context(), keys.SealedKey{ID: "a", Algorithm: "EdDSA", Sealed: []byte{1}}, 0); err != nil {
		t.Fatal(err)
	}
	e.expect(t, revocation.Change{Keys: true})
	if n := e.keys.Load(); n == 0 {
		t.Error("the keys were not read")
	}
}

// freeze stops the processes while work runs, like a machine that hangs.
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
