// Command yardstick is the server that Gatehouse is compared with: a few of its fields, written by
// hand in an afternoon, with gqlgen, golang-jwt verifying HS256 for each request, and sqlx with one
// statement where one is needed. It has no limits, no log, no revocation, no policy, and nothing
// else that Gatehouse does besides answering.
//
// It reads DATABASE_URL (Gatehouse's database), SECRET and ADDR from the environment.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/jmoiron/sqlx"
	"github.com/vektah/gqlparser/v2/ast"
)

func main() {
	if err := run(os.Getenv("ADDR"), os.Getenv("DATABASE_URL"), os.Getenv("SECRET")); err != nil {
		fmt.Fprintln(os.Stderr, "yardstick:", err)
		os.Exit(1)
	}
}

// run serves until the process is ended.
func run(addr, dsn, secret string) error {
	db, err := sqlx.Connect("postgres", dsn)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(20) // as many as Gatehouse has
	db.SetMaxIdleConns(20)
	if _, err := db.Exec(table); err != nil {
		return err
	}
	keys := newHS256(secret)
	api := handler.New(NewExecutableSchema(Config{Resolvers: &Resolver{db: db, keys: keys}}))
	api.AddTransport(transport.POST{})
	api.SetQueryCache(lru.New[*ast.QueryDocument](1000))

	mux := http.NewServeMux()
	mux.Handle("POST /graphql", keys.authenticate(api))
	mux.HandleFunc("POST /plain", plain)
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	server := &http.Server{Addr: addr, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

// plain is net/http alone: it reads the request, and answers with as many bytes as viewer.
func plain(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"data":{"viewer":{"id":"0190abcd-ef01-7000-8000-000000000001","roles":["admin"],"scopes":["delete:users","read:users","write:users"]}}}`)
}
