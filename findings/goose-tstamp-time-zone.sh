#!/usr/bin/env bash
# goose 3.29.0 records when it applied a migration in a column without time zone, as now() of the
# session's time zone, and reads it back as UTC. Where a database or a role has a time zone of its
# own, `status` shows migrations hours early or in the future.
# Expected: timestamptz, or now() AT TIME ZONE 'UTC'. Migrating in a session whose TimeZone is UTC
# gives right times.
#
# Here PGlite 0.5.14 is the server: PostgreSQL in WebAssembly.
#
# Seen:
#   column: timestamp without time zone, default now()
#   TimeZone UTC: applied now
#   TimeZone Pacific/Auckland: applied in the future
set -euo pipefail
work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.14 @electric-sql/pglite-socket@0.2.17
cat >server.mjs <<'JS'
import { writeFileSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { createServer } from 'node:net'

const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address()
    probe.close(() => resolve(port))
  })
})
const server = new PGLiteSocketServer({ db: await PGlite.create(), port, host: '127.0.0.1' })
await server.start()
writeFileSync('port', String(port))
JS
node server.mjs >server.log 2>&1 &
server=$!
for _ in {1..300}; do [[ -s port ]] && break; sleep 0.1; done
export GOFLAGS=-mod=mod GOWORK=off
go mod init finding >/dev/null 2>&1
go get github.com/pressly/goose/v3@v3.29.0 github.com/lib/pq@v1.12.3 >/dev/null 2>&1
cat >main.go <<'GO'
package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"testing/fstest"
	"time"

	_ "github.com/lib/pq"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func main() {
	ctx := context.Background()
	files := fstest.MapFS{"00001_one.sql": {Data: []byte("-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 1;\n")}}
	db := must(sql.Open("postgres", fmt.Sprintf("postgres://postgres@127.0.0.1:%s/postgres?sslmode=disable", os.Args[1])))
	db.SetMaxOpenConns(1)
	for _, zone := range []string{"UTC", "Pacific/Auckland"} {
		must(db.Exec("DROP TABLE IF EXISTS goose_db_version"))
		must(db.Exec("SET TIME ZONE '" + zone + "'"))
		provider := must(goose.NewProvider(database.DialectPostgres, db, files))
		must(provider.Up(ctx))
		if zone == "UTC" {
			var kind, value string
			if err := db.QueryRow(`SELECT data_type, column_default FROM information_schema.columns WHERE table_name = 'goose_db_version' AND column_name = 'tstamp'`).Scan(&kind, &value); err != nil {
				panic(err)
			}
			fmt.Printf("column: %s, default %s\n", kind, value)
		}
		at, when := must(provider.Status(ctx))[0].AppliedAt, "now"
		if ahead := time.Until(at); ahead > time.Hour {
			when = "in the future"
		} else if ahead < -time.Hour {
			when = "in the past"
		}
		fmt.Printf("TimeZone %s: applied %s\n", zone, when)
	}
}
GO
diff <(go run . "$(<port)") - <<'SEEN'
column: timestamp without time zone, default now()
TimeZone UTC: applied now
TimeZone Pacific/Auckland: applied in the future
SEEN
echo 'as described: goose 3.29.0 keeps local times and reads them as UTC'
