package main

import (
	"os"
	"testing"
)

// TestSchemaPrint prints the file that the service is built from, to the byte.
func TestSchemaPrint(t *testing.T) {
	want, err := os.ReadFile("schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	if o := consoleWith(t).run(t, "", "schema", "print"); o.status != exitDone || o.stdout != string(want) {
		t.Errorf("status %d, %d bytes of %d", o.status, len(o.stdout), len(want))
	}
}
