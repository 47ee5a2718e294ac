package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// tables returns which of our tables the database has.
func (r *replica) tables() []string {
	r.t.Helper()
	i, err := r.Inventory(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return i.Tables
}

// TestEveryTable: the migrations create these tables and nothing else that a
// backup of the tables would miss.
func TestEveryTable(t *testing.T) {
	r := newReplica(t)
	const all = `SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()`
	if got := r.tables(); len(got) != value[int](r, all) || !slices.Contains(got, "signing_keys") {
		t.Errorf("of %d tables, these are known: %v", value[int](r, all), got)
	}
	const others = `
		SELECT (SELECT count(*) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace) +
			(SELECT count(*) FROM pg_type WHERE typnamespace = current_schema()::regnamespace AND typtype IN ('e', 'd')) +
			(SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('v', 'm'))`
	if n := value[int](r, others); n > 0 {
		t.Errorf("%d functions, types and views are not part of a table", n)
	}
}

// TestReplace: the tables that load makes take the place of the others. Tables
// of other programs stay.
func TestReplace(t *testing.T) {
	r := newReplica(t)
	r.exec(`CREATE TABLE shop (n int)`)
	r.exec(`INSERT INTO roles (name) VALUES ('before')`)
	for range 2 {
		err := r.Replace(t.Context(), func(context.Context) error {
			r.exec(`CREATE TABLE roles (name text)`)
			r.exec(`INSERT INTO roles VALUES ('after')`)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := r.tables(); !slices.Equal(got, []string{"roles"}) {
		t.Errorf("tables %v", got)
	}
	if value[int](r, `SELECT count(*) FROM roles WHERE name = 'after'`) != 1 || value[int](r, `SELECT count(*) FROM shop`) != 0 {
		t.Error("the tables are others")
	}
	if n := value[int](r, `SELECT count(*) FROM pg_namespace WHERE nspname = 'gatehouse_replaced'`); n > 0 {
		t.Error("the replaced tables are still there")
	}
}

// TestReplaceFails: after a failure, and after an interruption, the tables are
// as they were.
func TestReplaceFails(t *testing.T) {
	r := newReplica(t)
	r.exec(`INSERT INTO roles (name) VALUES ('before')`)
	before := r.tables()
	broken := errors.New("the dump is broken")
	intact := func() {
		t.Helper()
		if got := r.tables(); !slices.Equal(got, before) || value[int](r, `SELECT count(*) FROM roles WHERE name = 'before'`) != 1 {
			t.Errorf("tables %v", got)
		}
	}
	if err := r.Replace(t.Context(), func(context.Context) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	intact()
	ctx, cancel := context.WithCancel(t.Context())
	if err := r.Replace(ctx, func(ctx context.Context) error { cancel(); return ctx.Err() }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	intact()

	// The process was killed before it loaded anything.
	func() {
		defer func() { _ = recover() }()
		_ = r.Replace(t.Context(), func(context.Context) error { panic("killed") })
	}()
	if got := r.tables(); len(got) > 0 {
		t.Fatalf("tables %v", got)
	}
	if err := r.Replace(t.Context(), func(context.Context) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	intact()
}
