package backup

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"

	"gatehouse/store/embedded/programs"
	"gatehouse/store/embedded/runas"
)

// A Client has pg_dump and pg_restore, and a database to run them on.
type Client struct {
	programs.Installation
	config pq.Config
}

// NewClient finds PostgreSQL's client programs for the database with the DSN:
// those of the major version or the next newer ones. binDir is PG_BINDIR.
func NewClient(ctx context.Context, dsn, binDir string, major int) (*Client, error) {
	config, err := pq.NewConfig(dsn)
	if err != nil { // the database is open, so the driver has accepted it
		return nil, fmt.Errorf("DATABASE_URL can't be passed to pg_dump")
	}
	if config.SSLInline {
		return nil, fmt.Errorf("DATABASE_URL has sslinline, which pg_dump doesn't know: keep the certificates in files")
	}
	finder := programs.Finder{Machine: programs.ThisMachine(), BinDir: binDir}
	found, err := finder.FindClient(ctx, major)
	if err != nil {
		return nil, err
	}
	return &Client{Installation: found, config: config}, nil
}

// Dump writes tables of a schema in pg_dump's custom format.
func (c *Client) Dump(ctx context.Context, schema string, tables []string, to io.Writer) error {
	args := []string{"--format=custom", "--no-owner", "--no-privileges", "--no-password"}
	for _, table := range tables {
		args = append(args, "--table="+quoted(schema)+"."+quoted(table))
	}
	return c.run(ctx, "pg_dump", nil, to, args...)
}

// Restore loads what Dump has written, all of it or nothing.
func (c *Client) Restore(ctx context.Context, from io.Reader) error {
	return c.run(ctx, "pg_restore", from, nil,
		"--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password", "--dbname=")
}

// run runs a program. What it says on standard error is the error.
func (c *Client) run(ctx context.Context, program string, stdin io.Reader, stdout io.Writer, args ...string) error {
	cmd := runas.Caller().Command(ctx, "/", c.Path(program), args...)
	cmd.Env = append(cmd.Env, c.environ()...)
	var said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, &said
	err := cmd.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%s: %w; the output was:\n%s", c.Path(program), err, runas.LastLines(said.String()))
	}
	return nil
}

// environ returns the variables that make libpq connect as the driver does.
// Other users can see a process's arguments, but not its environment.
func (c *Client) environ() []string {
	var all []string
	set := func(name, value string) {
		if value != "" {
			all = append(all, name+"="+value)
		}
	}
	cfg := c.config
	hosts, addresses, ports := []string{cfg.Host}, []string{""}, []string{strconv.Itoa(int(cfg.Port))}
	if cfg.Hostaddr.IsValid() {
		addresses[0] = cfg.Hostaddr.String()
	}
	for _, other := range cfg.Multi {
		hosts, ports = append(hosts, other.Host), append(ports, strconv.Itoa(int(other.Port)))
		address := ""
		if other.Hostaddr.IsValid() {
			address = other.Hostaddr.String()
		}
		addresses = append(addresses, address)
	}
	set("PGHOST", strings.Join(hosts, ","))
	set("PGPORT", strings.Join(ports, ","))
	if strings.Trim(strings.Join(addresses, ""), ",") != "" {
		set("PGHOSTADDR", strings.Join(addresses, ","))
	}
	set("PGDATABASE", cfg.Database)
	set("PGUSER", cfg.User)
	set("PGPASSWORD", cfg.Password)
	set("PGPASSFILE", cfg.Passfile)
	set("PGSSLMODE", string(cfg.SSLMode))
	set("PGSSLCERT", cfg.SSLCert)
	set("PGSSLKEY", cfg.SSLKey)
	set("PGSSLROOTCERT", cfg.SSLRootCert)
	set("PGTARGETSESSIONATTRS", string(cfg.TargetSessionAttrs))
	set("PGCONNECT_TIMEOUT", strconv.Itoa(int(cfg.ConnectTimeout/time.Second)))
	options := cfg.Options
	for name, value := range cfg.Runtime {
		options += " -c " + name + "=" + strings.NewReplacer(`\`, `\\`, ` `, `\ `).Replace(value)
	}
	set("PGOPTIONS", strings.TrimSpace(options))
	return all
}

// quoted quotes a name in a pattern of pg_dump.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
