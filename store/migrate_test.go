package store_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"gatehouse/auth"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

func TestReplicasMigrateTogether(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	errs := make([]error, 4)
	together(len(errs), func(i int) { errs[i] = store.Migrate(t.Context(), dsn) })
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	r := replicaOn(t, dsn)
	if n := value[int](r, `SELECT count(*) FROM roles`); n != 2 {
		t.Errorf("%d roles; want admin and user", n)
	}
	all, err := r.Migrations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := value[int](r, `SELECT count(*) FROM gatehouse_migrations WHERE version_id > 0`); n != len(all) {
		t.Errorf("%d migrations were applied; want %d", n, len(all))
	}
}

// A replica waits while another migrates.
func TestMigrateWaitsForItsTurn(t *testing.T) {
	r := replicaOn(t, storetest.EmptyDSN(t))
	other := replicaOn(t, r.dsn) // connected before the deadline begins
	err := r.Exclusively(t.Context(), func(context.Context) error {
		return deadlined(t, func(ctx context.Context) error { return other.Exclusively(ctx, other.MigrateUp) })
	})
	if !errors.Is(err, auth.ErrUnavailable) || r.pending() == 0 {
		t.Errorf("error %v, %d pending; want it to have waited until the deadline", err, r.pending())
	}
	if err := store.Migrate(t.Context(), r.dsn); err != nil || r.pending() != 0 {
		t.Errorf("afterwards: %v, %d pending", err, r.pending())
	}
}

// pending counts the pending migrations.
func (r *replica) pending() (n int) {
	r.t.Helper()
	all, err := r.Migrations(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	for i, m := range all {
		if m.Version != int64(i+1) || m.Name == "" {
			r.t.Errorf("migration %d is %+v", i, m)
		}
		if m.AppliedAt == nil {
			n++
		}
	}
	return n
}

func TestMigrateDownAndUp(t *testing.T) {
	r := replicaOn(t, storetest.EmptyDSN(t))
	there := r.pending()
	if there == 0 {
		t.Fatal("an empty database has all migrations")
	}
	exclusively := func(work func(context.Context) error) {
		t.Helper()
		if err := r.Exclusively(t.Context(), work); err != nil {
			t.Fatal(err)
		}
	}
	down := func(ctx context.Context) (taken bool) {
		t.Helper()
		exclusively(func(context.Context) (err error) { taken, err = r.MigrateDown(ctx); return err })
		return taken
	}
	if down(t.Context()) {
		t.Error("took a migration back from an empty database")
	}
	for range 2 { // the second time does nothing
		exclusively(r.MigrateUp)
		if n := r.pending(); n != 0 {
			t.Errorf("%d migrations are left", n)
		}
	}
	r.user("ada@example.com", "user")
	for left := 1; left <= there; left++ {
		if !down(t.Context()) || r.pending() != left {
			t.Fatalf("%d migrations are pending; want %d", r.pending(), left)
		}
	}
	if n := value[int](r, `SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'gatehouse_migrations'`); n != 0 || down(t.Context()) {
		t.Errorf("%d tables are left", n)
	}
	exclusively(r.MigrateUp)
	if again := r.user("ada@example.com", "user"); again == nil || value[int](r, `SELECT count(*) FROM users`) != 1 {
		t.Error("the database does not work after down and up")
	}
}

func TestExclusively(t *testing.T) {
	one := newReplica(t)
	replicas := []*replica{one, replicaOn(t, one.dsn)}
	var inside, most atomic.Int32
	errs := make([]error, 8)
	together(len(errs), func(i int) {
		errs[i] = replicas[i%2].Exclusively(t.Context(), func(ctx context.Context) error {
			most.Store(max(most.Load(), inside.Add(1)))
			defer inside.Add(-1)
			_, err := replicas[i%2].HasAdmin(ctx)
			return err
		})
	})
	if err := errors.Join(errs...); err != nil || most.Load() != 1 {
		t.Errorf("%d at once, %v; want 1", most.Load(), err)
	}
	refusal := errors.New("refused")
	if err := one.Exclusively(t.Context(), func(context.Context) error { return refusal }); !errors.Is(err, refusal) {
		t.Errorf("error %v; want that of the work", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := one.Exclusively(ctx, func(context.Context) error { cancel(); return ctx.Err() }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v; want that of the context", err)
	}
	if err := one.Exclusively(ctx, func(context.Context) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("in a context that has ended: %v; want context.Canceled", err)
	}
	if err := replicas[1].Exclusively(t.Context(), func(context.Context) error { return nil }); err != nil {
		t.Errorf("after all that: %v", err)
	}
	if n := value[int](one, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`); n != 0 {
		t.Errorf("%d locks are left", n)
	}
}
