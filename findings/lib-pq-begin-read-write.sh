#!/usr/bin/env bash
# lib/pq 1.12.3 begins a transaction of database/sql without options by "BEGIN READ WRITE", not by
# "BEGIN". So transactions override default_transaction_read_only, which managed databases set
# while the disk is almost full: single statements are refused with 25006, and the same statements
# in a transaction are carried out. A service logs people in and can't refresh their sessions.
# Expected: that sql.TxOptions{} leaves the mode to the server. Begin, which is deprecated, does.
#
# Here a listener plays the server and prints what the driver sends.
#
# Seen:
#   db.BeginTx without options: BEGIN READ WRITE
#   driver.Conn.Begin: BEGIN
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GOFLAGS=-mod=mod GOWORK=off
go mod init finding >/dev/null 2>&1
go get github.com/lib/pq@v1.12.3 >/dev/null 2>&1
cat >main.go <<'GO'
package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/lib/pq"
)

// serve answers one connection as PostgreSQL does, and sends on what it is asked.
func serve(c net.Conn, queries chan<- string) {
	defer c.Close()
	read := func(n int) []byte {
		b := make([]byte, n)
		_, _ = io.ReadFull(c, b)
		return b
	}
	read(int(binary.BigEndian.Uint32(read(4))) - 4)
	_, _ = c.Write([]byte("R\x00\x00\x00\x08\x00\x00\x00\x00" + "Z\x00\x00\x00\x05I"))
	for {
		head := read(5)
		text := strings.TrimRight(string(read(int(binary.BigEndian.Uint32(head[1:]))-4)), "\x00")
		if head[0] != 'Q' {
			return
		}
		queries <- text
		tag, state := "BEGIN\x00", "T"
		if text == "ROLLBACK" {
			tag, state = "ROLLBACK\x00", "I"
		}
		_, _ = c.Write(append([]byte{'C', 0, 0, 0, byte(4 + len(tag))}, tag+"Z\x00\x00\x00\x05"+state...))
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func main() {
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	queries := make(chan string, 10)
	go func() {
		for {
			serve(must(listener.Accept()), queries)
		}
	}()
	dsn := fmt.Sprintf("postgres://u@%s/d?sslmode=disable", listener.Addr())

	db := must(sql.Open("postgres", dsn))
	tx := must(db.BeginTx(context.Background(), nil))
	fmt.Println("db.BeginTx without options:", <-queries)
	_ = tx.Rollback()
	_ = db.Close()
	<-queries

	conn := must(must(pq.NewConnector(dsn)).Connect(context.Background()))
	_ = must[driver.Tx](conn.Begin())
	fmt.Println("driver.Conn.Begin:", <-queries)
}
GO
diff <(go run .) - <<'SEEN'
db.BeginTx without options: BEGIN READ WRITE
driver.Conn.Begin: BEGIN
SEEN
echo 'as described: lib/pq 1.12.3 begins transactions READ WRITE'
