//go:build linux

package patronitest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/lib/pq" // the driver

	"gatehouse/test/harness"
)

// patience is how long anything may take that takes seconds on an idle machine.
const patience = 2 * time.Minute

// Options say how a cluster works.
type Options struct {
	// Asynchronous makes a commit wait for no standby.
	Asynchronous bool
	// TTL is how long a primary may be silent before another node takes its place.
	TTL time.Duration
}

// A Cluster is a database on three nodes.
type Cluster struct {
	Nodes []*Node

	options Options
	dir     string
	bin     string // with PostgreSQL's programs
	etcd    string // its address
}

const nodes = 3

// Start starts a cluster, which is removed at the end of the test. Without the programs,
// the test is skipped, or fails if CI=true.
func Start(t testing.TB, o Options) *Cluster {
	t.Helper()
	c := &Cluster{options: o, dir: harness.Folder(t), bin: programs(t)}
	c.etcd = startEtcd(t, filepath.Join(c.dir, "etcd"))
	for i := range nodes {
		c.Nodes = append(c.Nodes, newNode(t, c, fmt.Sprint("node", i+1)))
	}
	begun := time.Now()
	c.Nodes[0].Start(t)
	c.await(t, "a first primary", func(ctx context.Context) bool { return c.Primary(ctx) != nil })
	c.prepare(t)
	for _, n := range c.Nodes[1:] {
		n.Start(t)
	}
	c.AwaitWhole(t)
	t.Logf("the cluster started in %v", time.Since(begun).Round(time.Millisecond))
	return c
}

// programs finds what the cluster needs, and returns the folder of PostgreSQL's programs.
func programs(t testing.TB) string {
	t.Helper()
	const install = "on Debian: apt-get install patroni etcd-server python3-etcd python3-psycopg2 haproxy postgresql"
	var missing []string
	for _, name := range []string{"patroni", "etcd", "haproxy", "setpriv", "nsenter"} {
		if _, err := exec.LookPath(name); err != nil {
			missing = append(missing, name)
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		missing = append(missing, "initdb")
	}
	if os.Geteuid() != 0 {
		missing = append(missing, "root, to mount small disks")
	}
	if len(missing) == 0 {
		return filepath.Dir(found[len(found)-1])
	}
	message := "missing: " + strings.Join(missing, ", ") + "; " + install
	if os.Getenv("CI") == "true" {
		t.Fatal(message)
	}
	t.Skip(message)
	return ""
}

// The service's role and database.
const (
	role     = "gatehouse"
	database = "gatehouse"
	password = "eleven-blue-kettles-35"
)

// prepare makes the role and the database of the service.
func (c *Cluster) prepare(t testing.TB) {
	t.Helper()
	admin := c.Admin(t, c.Primary(t.Context()))
	for _, statement := range []string{
		"CREATE ROLE " + role + " LOGIN PASSWORD '" + password + "'",
		"CREATE DATABASE " + database + " OWNER " + role + " ENCODING 'UTF8' TEMPLATE template0",
	} {
		if _, err := admin.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// DSN returns a DSN with all nodes as hosts.
func (c *Cluster) DSN() string {
	hosts := make([]string, len(c.Nodes))
	for i, n := range c.Nodes {
		hosts[i] = n.address
	}
	return c.dsn(strings.Join(hosts, ",")) + "&target_session_attrs=read-write"
}

// StandbyDSN returns a DSN with the standbys as hosts.
func (c *Cluster) StandbyDSN(ctx context.Context) string {
	primary := c.Primary(ctx)
	var hosts []string
	for _, n := range c.Nodes {
		if n != primary {
			hosts = append(hosts, n.address)
		}
	}
	return c.dsn(strings.Join(hosts, ",")) + "&target_session_attrs=read-write"
}

func (c *Cluster) dsn(hosts string) string {
	return "postgres://" + role + ":" + password + "@" + hosts + "/" + database + "?sslmode=disable"
}

// Admin opens PostgreSQL's own database on one node, as the superuser.
func (c *Cluster) Admin(t testing.TB, n *Node) *sql.DB {
	t.Helper()
	return opened(t, n.conninfo(superuser, superuser))
}

// Open opens the service's database on one node, to look at it directly.
func (c *Cluster) Open(t testing.TB, n *Node) *sql.DB {
	t.Helper()
	return opened(t, n.conninfo(role, database))
}

func opened(t testing.TB, conninfo string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", conninfo)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// conninfo is a DSN for the driver.
func (n *Node) conninfo(user, name string) string {
	host, port, _ := net.SplitHostPort(n.address)
	return fmt.Sprintf("host=%s port=%s user=%s password=%s dbname=%s sslmode=disable connect_timeout=5", host, port, user, password, name)
}

// OpenPrimary opens the service's database on whichever node is the primary, with one
// connection.
func (c *Cluster) OpenPrimary(t testing.TB) *sql.DB {
	t.Helper()
	hosts, ports := make([]string, len(c.Nodes)), make([]string, len(c.Nodes))
	for i, n := range c.Nodes {
		hosts[i], ports[i], _ = net.SplitHostPort(n.address)
	}
	db := opened(t, fmt.Sprintf("host=%s port=%s user=%s password=%s dbname=%s sslmode=disable connect_timeout=2 target_session_attrs=read-write",
		strings.Join(hosts, ","), strings.Join(ports, ","), role, password, database))
	db.SetMaxOpenConns(1)
	return db
}

// Primary returns the node that says it is the primary, or nil.
func (c *Cluster) Primary(ctx context.Context) *Node {
	for _, n := range c.Nodes {
		if n.is(ctx, "primary") {
			return n
		}
	}
	return nil
}

// AwaitWhole waits until there is a primary, and each other node streams from it, one of
// them synchronously unless the cluster is asynchronous.
func (c *Cluster) AwaitWhole(t testing.TB) {
	t.Helper()
	var last time.Time
	c.await(t, "all nodes", func(ctx context.Context) bool {
		primary := c.Primary(ctx)
		if primary == nil {
			return false
		}
		admin, err := sql.Open("postgres", primary.conninfo(superuser, superuser))
		if err != nil {
			return false
		}
		defer admin.Close()
		const query = `SELECT count(*), count(*) FILTER (WHERE sync_state = 'sync') FROM pg_stat_replication WHERE state = 'streaming'`
		var streaming, synchronous int
		if err := admin.QueryRowContext(ctx, query).Scan(&streaming, &synchronous); err != nil {
			return false
		}
		if time.Since(last) > time.Second { // a node whose log ends later than the primary's waits for it
			last = time.Now()
			_, _ = admin.ExecContext(ctx, `SELECT pg_switch_wal()`)
		}
		// Patroni promotes a standby that it has noted in etcd, which takes a moment more.
		noted := slices.ContainsFunc(c.Nodes, func(n *Node) bool { return n.is(ctx, "synchronous") })
		return streaming >= nodes-1 && (c.options.Asynchronous || synchronous > 0 && noted)
	})
}

// Switch makes another node the primary, in order.
func (c *Cluster) Switch(t testing.TB, from *Node) {
	t.Helper()
	c.await(t, "a switchover", func(ctx context.Context) bool {
		err := from.post(ctx, "/switchover", map[string]string{"leader": from.name})
		return err == nil || !from.is(ctx, "primary")
	})
}

// AwaitOther waits until another node is the primary, and returns it.
func (c *Cluster) AwaitOther(t testing.TB, than *Node) (other *Node) {
	t.Helper()
	c.await(t, "another primary", func(ctx context.Context) bool {
		other = c.Primary(ctx)
		return other != nil && other != than
	})
	return other
}

// await polls until done.
func (c *Cluster) await(t testing.TB, what string, done func(context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !done(ctx) {
		select {
		case <-ctx.Done():
			t.Fatal(errors.Join(fmt.Errorf("waited in vain for %s", what), c.logs()))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// logs is what the nodes wrote last.
func (c *Cluster) logs() error {
	var all []error
	for _, n := range c.Nodes {
		all = append(all, fmt.Errorf("%s wrote last:\n%s", n.name, n.tail()))
	}
	return errors.Join(all...)
}
