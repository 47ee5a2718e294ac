package main

import (
	"os"
	"testing"

	"gatehouse/store/storetest"
)

func TestMain(m *testing.M) {
	status := storetest.Run(m)
	_ = os.RemoveAll(built.dir)
	os.Exit(status)
}
