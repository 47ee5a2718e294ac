package store_test

import (
	"testing"
	"time"
)

// Transactions and snapshots take turns on one connection, and transactions don't
// override that a database is read-only by default.
func TestTransactionsKeepTheDefault(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	for range 3 {
		if _, err := r.Snapshot(t.Context(), time.Hour, 0); err != nil {
			t.Fatal(err)
		}
		r.login(id)
	}
	r.exec(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`)
	readOnly := replicaOn(t, r.dsn)
	if err := readOnly.EndSession(t.Context(), id); err == nil {
		t.Error("a transaction writes")
	}
	if err := readOnly.CheckWritable(t.Context()); err == nil {
		t.Error("the database is said to be writable")
	}
	if err := r.CheckWritable(t.Context()); err != nil {
		t.Errorf("an older connection: %v", err)
	}
}
