package command

import (
	"os"
	"strings"
	"testing"

	"gatehouse/command/terminal"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// TestMigrateDownOutdated confirms one migration while another has become the
// newest: nothing is rolled back.
func TestMigrateDownOutdated(t *testing.T) {
	s, err := store.Open(t.Context(), storetest.DSN(t), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	newest, err := newestMigration(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	e := &Env{Terminal: terminal.New(os.Stdin, os.Stdout, os.Stderr)}
	err = rollBack(t.Context(), e, s, "00000_before.sql")
	if err == nil || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("migrateDown: %v", err)
	}
	if now, err := newestMigration(t.Context(), s); err != nil || now != newest {
		t.Errorf("the newest is %q, %v", now, err)
	}
}
