package store_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

func TestOpenChecksTheServer(t *testing.T) {
	tests := []struct {
		name   string
		server fakeServer
		want   string // in the error, "" for none

		patience time.Duration
	}{
		{"pooler that lends one connection to two clients", fakeServer{version: "150018", charset: "UTF8", backends: 1}, "pooler", time.Minute},
		{"too old", fakeServer{version: "130022", charset: "UTF8", backends: 2}, "PostgreSQL 13; it must be 14 or newer", time.Minute},
		{"other encoding", fakeServer{version: "150018", charset: "LATIN1", backends: 2}, "encoding is LATIN1", time.Minute},
		{"standby", fakeServer{version: "150018", charset: "UTF8", backends: 2, standby: true}, "is a standby, which can't be written: use the primary", time.Minute},
		{"wrong password", fakeServer{refuse: "28P01"}, "check the user name and the password in the DSN", time.Minute},
		{"no such database", fakeServer{refuse: "3D000"}, "create it with CREATE DATABASE", time.Minute},
		{"unknown parameter", fakeServer{refuse: "42704"}, "remove from the DSN what the server does not know", time.Minute},
		{"full", fakeServer{refuse: "53300"}, "it has no room for one more connection", 2 * time.Second},
		{"good", fakeServer{version: "140000", charset: "UTF8", backends: 2}, "", time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), tt.patience)
			defer cancel()
			s, err := store.Open(ctx, tt.server.listen(t), store.Options{})
			if s != nil {
				defer s.Close()
			}
			if (err == nil) != (tt.want == "") || (s != nil) != (tt.want == "") {
				t.Fatalf("%v, %v; want an error: %q", s, err, tt.want)
			}
			if err == nil {
				return
			}
			if text := err.Error(); !strings.Contains(text, tt.want) || strings.Contains(text, fakeServerPassword) {
				t.Errorf("error %q; want it to say %q and not the password", text, tt.want)
			}
		})
	}
}

func TestOpenRefusesWhatIsNoDSN(t *testing.T) {
	for _, dsn := range []string{
		"postgres://gatehouse:hunter2%@db.example/gatehouse",
		"postgres://gatehouse:hunter2@db.example:port/gatehouse",
		"postgres://gatehouse:hun ter2@db.example/gatehouse?sslmode=hunter2",
		"host=db.example password=hunter2 sslmode=hunter2",
		"host=db.example password='hunter2",
		"hunter2",
		"mysql://gatehouse:hunter2@db.example/gatehouse",
		"postgres://gatehouse@db.example/gatehouse?connect_timeout=hunter2",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // if the DSN can be read, no server is asked
		s, err := store.Open(ctx, dsn, store.Options{})
		if err == nil || s != nil {
			t.Errorf("%s: %v, %v; want an error", dsn, s, err)
			continue
		}
		for _, part := range []string{"hunter2", "db.example"} {
			if strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error repeats %q: %v", dsn, part, err)
			}
		}
		if migrated := store.Migrate(ctx, dsn); migrated == nil || strings.Contains(migrated.Error(), "hunter2") {
			t.Errorf("%s: Migrate: %v", dsn, migrated)
		}
	}
}

func TestOpenUnreachable(t *testing.T) {
	for _, dsn := range []string{
		"host=/nowhere user=gatehouse dbname=gatehouse sslmode=disable",
		"postgres://gatehouse:hunter2@127.0.0.1:1/gatehouse?sslmode=disable",
		"postgres://gatehouse:hunter2@db.invalid/gatehouse?sslmode=disable",
	} {
		s, err := store.Open(t.Context(), dsn, store.Options{})
		if s != nil || err == nil || !strings.Contains(err.Error(), "can't be reached") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v, %v; want it to be said, without the password", s, err)
		}
	}
}

func TestOpenRefusesAnotherEncoding(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	name := "latin_" + strings.ToLower(rand.Text())
	if _, err := db.Exec(fmt.Sprintf(`CREATE DATABASE %s ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`, name)); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := db.Exec(`DROP DATABASE ` + name); err != nil {
			t.Error(err)
		}
	}()
	if s, err := store.Open(t.Context(), dsn+" dbname="+name, store.Options{}); s != nil || err == nil || !strings.Contains(err.Error(), "encoding is LATIN1") {
		t.Errorf("%v, %v; want the encoding to be refused", s, err)
	}
	s, err := store.Open(t.Context(), dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}
