package embedded

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// Names inside the server. The service uses an ordinary role that owns its database, so that a
// vulnerability in it does not give access to a superuser, who could read files and run programs.
const (
	superuser = "postgres"
	roleName  = "gatehouse"
	database  = "gatehouse"
)

// startTimeout is how long a server may take to answer. After a crash, it recovers first.
const startTimeout = 2 * time.Minute

// dsn returns the connection string for lib/pq. Parameters that it sets can't be changed by PG*
// variables in the environment.
func dsn(socketDir string) string { return dsnFor(socketDir, roleName, database) }

func dsnFor(socketDir, user, database string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(socketDir)
	return fmt.Sprintf("host='%s' port=%s user=%s dbname=%s sslmode=disable target_session_attrs=any", quoted, port, user, database)
}

// checkEnvironment returns errEnvironment if a variable that a DSN can't override, such as
// PGHOSTADDR, points elsewhere.
func checkEnvironment() error {
	const here = "/nowhere"
	cfg, err := pq.NewConfig(dsn(here))
	if err != nil {
		return fmt.Errorf("%w: %w", errEnvironment, err)
	}
	if cfg.Host != here || cfg.Hostaddr.IsValid() || len(cfg.Multi) > 0 {
		return fmt.Errorf("%w: unset PGHOSTADDR, PGHOST and PGSERVICE", errEnvironment)
	}
	return nil
}

// ping connects once.
func ping(ctx context.Context, dsn string) error {
	connector, err := pq.NewConnector(dsn)
	if err != nil {
		return err
	}
	conn, err := connector.Connect(ctx)
	if err != nil {
		return err
	}
	return conn.Close()
}

// waitUntilReady waits until the server answers. It creates the role and the database if they are
// missing, because an earlier start may have been interrupted before that.
func (c cluster) waitUntilReady(ctx context.Context, s *server, socketDir, attributes string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	return poll(ctx, func() (bool, error) {
		select {
		case <-s.ended:
			return true, failure(errStart, c.dir, s.log.tail())
		default:
		}
		if !readPIDFile(c.dir).ready { // the server would log a refused connection
			return false, nil
		}
		err := ping(ctx, dsn(socketDir))
		if pq.As(err, pqerror.InvalidCatalogName, pqerror.InvalidAuthorizationSpecification) != nil {
			return true, createDatabase(ctx, socketDir, attributes)
		}
		return err == nil, nil
	})
}

// createDatabase creates the role, with the given attributes, and its database, if they are
// missing.
func createDatabase(ctx context.Context, socketDir, attributes string) error {
	connector, err := pq.NewConnector(dsnFor(socketDir, superuser, superuser))
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	steps := []struct {
		statement string
		already   pqerror.Code
	}{
		{"CREATE ROLE " + roleName + " LOGIN " + attributes, pqerror.DuplicateObject},
		{"CREATE DATABASE " + database + " OWNER " + roleName, pqerror.DuplicateDatabase},
	}
	for _, step := range steps {
		if _, err := db.ExecContext(ctx, step.statement); err != nil && pq.As(err, step.already) == nil {
			return fmt.Errorf("%w: creating the database: %w", errStart, err)
		}
	}
	return nil
}
