package peer

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/lib/pq"

	"gatehouse/test/bench/load"
	"gatehouse/test/harness/process"
)

// password meets every peer's rules.
const password = "Seven-quiet-herons-17"

// A Server is a running peer with some accounts.
type Server struct {
	Name     string
	Process  *process.Process
	kind     kind
	sessions []*load.Link
}

// Start creates a database with the peer's name beside the one of the DSN, starts the program on it,
// and registers accounts.
func Start(ctx context.Context, p Program, dir, dsn string, accounts int) (*Server, error) {
	s, err := start(ctx, p, dir, dsn)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	for i := range accounts {
		if err := s.register(ctx, i); err != nil {
			s.Process.Kill()
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return s, nil
}

func start(ctx context.Context, p Program, dir, dsn string) (*Server, error) {
	i := slices.IndexFunc(kinds(), func(k kind) bool { return k.name == p.Name })
	s := &Server{Name: p.Name, kind: kinds()[i]}
	database, err := createDatabase(ctx, dsn, p.Name, s.kind.schema)
	if err != nil {
		return nil, err
	}
	c := s.kind.config(p.Path, database)
	c.Dir = dir
	s.Process, err = process.Launch(ctx, c)
	return s, err
}

// register creates an account and a session.
func (s *Server) register(ctx context.Context, i int) error {
	if _, err := s.ask(ctx, s.kind.register(s.Process.URL, email(i))); err != nil {
		return fmt.Errorf("register: %w", err)
	}
	_, refresh, err := s.login(ctx, i)
	s.sessions = append(s.sessions, &load.Link{Token: refresh})
	return err
}

// login returns new tokens of an account.
func (s *Server) login(ctx context.Context, i int) (access, refresh string, err error) {
	body, err := s.ask(ctx, s.kind.login(s.Process.URL, email(i)))
	if err != nil {
		return "", "", fmt.Errorf("log in: %w", err)
	}
	access, refresh = value(body, "access_token"), value(body, "refresh_token")
	if access == "" || refresh == "" {
		return "", "", fmt.Errorf("log in: no tokens are in the answer of %d bytes", len(body))
	}
	return access, refresh, nil
}

// ask sends a request, and returns an answer without errors.
func (s *Server) ask(ctx context.Context, c call) ([]byte, error) {
	client := load.NewClient(1)
	defer client.CloseIdleConnections()
	body, err := load.Send(ctx, client, s.Process.URL+c.path, c.request)
	if err == nil && bytes.Contains(body, []byte(load.Errors)) {
		err = fmt.Errorf("the answer is %.300s", body)
	}
	return body, err
}

// Trial returns where the peer's requests for a trial go, and the requests for a number of
// connections, at most as many as there are accounts. The path is empty if the peer has nothing like
// it.
func (s *Server) Trial(ctx context.Context, trial string, connections int) (path string, from load.Source, err error) {
	switch trial {
	case "viewer", "me":
		return s.reads(ctx, trial, connections)
	case "refresh":
		c := s.kind.refresh(s.Process.URL, "")
		refresh := func(token string) load.Request { return s.kind.refresh(s.Process.URL, token).request }
		return c.path, load.NewChain(connections, s.sessions, refresh, "refresh_token"), nil
	case "login":
		requests := make([]load.Request, len(s.sessions))
		var c call
		for i := range requests {
			c = s.kind.login(s.Process.URL, email(i))
			requests[i] = c.request
		}
		return c.path, load.NewCycle(connections, load.Errors, requests...), nil
	}
	return "", nil, nil
}

// reads returns the requests of an account that has just logged in.
func (s *Server) reads(ctx context.Context, trial string, connections int) (path string, from load.Source, err error) {
	read := map[string]func(server, access string) call{"viewer": s.kind.viewer, "me": s.kind.me}[trial]
	if read == nil {
		return "", nil, nil
	}
	access, _, err := s.login(ctx, 0)
	if err != nil {
		return "", nil, err
	}
	c := read(s.Process.URL, access)
	body, err := s.ask(ctx, c)
	if err == nil && trial == "me" && !bytes.Contains(body, []byte(email(0))) {
		err = fmt.Errorf("the answer to %s is %.300s", trial, body)
	}
	return c.path, load.NewCycle(connections, load.Errors, c.request), err
}

func email(i int) string { return fmt.Sprintf("user%02d@example.com", i) }

// value returns the first string of this name in JSON. Tokens have no escapes.
func value(body []byte, name string) string {
	_, rest, _ := strings.Cut(string(body), `"`+name+`":"`)
	text, _, _ := strings.Cut(rest, `"`)
	return text
}

// createDatabase creates a database with a schema, and returns its URL.
func createDatabase(ctx context.Context, dsn, name, schema string) (string, error) {
	config, err := pq.NewConfig(dsn)
	if err != nil {
		return "", err
	}
	if err := execute(ctx, dsn, "CREATE DATABASE "+pq.QuoteIdentifier(name)); err != nil {
		return "", err
	}
	of := url.URL{Scheme: "postgres", User: url.User(config.User), Path: "/" + name}
	query := url.Values{"host": {config.Host}, "port": {fmt.Sprint(config.Port)}, "sslmode": {"disable"}}
	of.RawQuery = query.Encode()
	if schema == "" {
		return of.String(), nil
	}
	return of.String(), execute(ctx, of.String(), "CREATE SCHEMA "+pq.QuoteIdentifier(schema))
}

func execute(ctx context.Context, dsn, statement string) error {
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, statement)
	return err
}
