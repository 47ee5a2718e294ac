package store

import (
	"context"
	"errors"
	"fmt"
	"gatehouse/store/versions"
	"io/fs"
	"regexp"
	"slices"

	"github.com/lib/pq"
)

// asideSchema holds the tables that a restore replaces, until it is done.
const asideSchema = "gatehouse_replaced"

var createsTable = regexp.MustCompile(`(?m)^CREATE (?:UNLOGGED )?TABLE (\w+) `)

// everyTable returns the names of the tables that migrations create, whether
// they exist now or not, and of their versions.
func everyTable() []string {
	names := []string{versions.Table}
	files, _ := fs.Glob(migrations, "migrations/*.sql") // a bad pattern is the only error
	for _, file := range files {
		text, _ := migrations.ReadFile(file) // it is embedded
		for _, match := range createsTable.FindAllSubmatch(text, -1) {
			names = append(names, string(match[1]))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// An Inventory says where the tables of a database are.
type Inventory struct {
	Major  int    // of the server
	Schema string // that the tables are in, or would be
	Tables []string
	Users  int // accounts
}

// Inventory returns where this database's tables are. Other tables, which may
// share the database, are not listed.
func (s *Store) Inventory(ctx context.Context) (*Inventory, error) {
	const query = `SELECT current_setting('server_version_num')::int / 10000 AS major, coalesce(current_schema(), '') AS schema`

	var i Inventory
	if err := s.db.GetContext(ctx, &i, query); err != nil {
		return nil, fmt.Errorf("inventory: %w", known(ctx, err))
	}
	var err error
	if i.Tables, err = s.tablesIn(ctx, i.Schema); err != nil {
		return nil, err
	}
	if slices.Contains(i.Tables, "users") {
		if err := s.db.GetContext(ctx, &i.Users, `SELECT count(*) FROM users`); err != nil {
			return nil, fmt.Errorf("inventory: %w", known(ctx, err))
		}
	}
	return &i, nil
}

// tablesIn returns which of our tables a schema has.
func (s *Store) tablesIn(ctx context.Context, schema string) ([]string, error) {
	const query = `
		SELECT c.relname
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND c.relname = ANY($2)
		ORDER BY c.relname`

	var names []string
	if err := s.db.SelectContext(ctx, &names, query, schema, pq.Array(everyTable())); err != nil {
		return nil, fmt.Errorf("tables: %w", known(ctx, err))
	}
	return names, nil
}

// Replace replaces all tables by those that load creates. If load fails, the
// tables are back. If the process ends meanwhile, the next Replace puts them
// back first. Call it within Exclusively.
func (s *Store) Replace(ctx context.Context, load func(context.Context) error) error {
	i, err := s.Inventory(ctx)
	if err != nil {
		return err
	}
	if err := s.finishReplace(ctx, i.Schema); err != nil {
		return err
	}
	if i, err = s.Inventory(ctx); err != nil {
		return err
	}
	if len(i.Tables) == 0 {
		return load(ctx)
	}
	aside := []string{`CREATE SCHEMA ` + asideSchema}
	for _, table := range i.Tables {
		aside = append(aside, fmt.Sprintf(`ALTER TABLE %s SET SCHEMA %s`, table, asideSchema))
	}
	if err := s.all(ctx, aside); err != nil {
		return fmt.Errorf("the tables can't be set aside; the role needs the right CREATE on the database: %w", err)
	}
	failed := load(ctx)
	if err := s.finishReplace(context.WithoutCancel(ctx), i.Schema); err != nil {
		return errors.Join(failed, fmt.Errorf("the tables that were there are still in the schema %s; restore again: %w", asideSchema, err))
	}
	return failed
}

// finishReplace drops the tables that are aside if the schema has new ones.
// Otherwise it puts them back.
func (s *Store) finishReplace(ctx context.Context, schema string) error {
	aside, err := s.tablesIn(ctx, asideSchema)
	if err != nil || len(aside) == 0 {
		return err
	}
	present, err := s.tablesIn(ctx, schema)
	if err != nil {
		return err
	}
	var steps []string
	if len(present) == 0 {
		for _, table := range aside {
			steps = append(steps, fmt.Sprintf(`ALTER TABLE %s.%s SET SCHEMA %s`, asideSchema, table, pq.QuoteIdentifier(schema)))
		}
	}
	return s.all(ctx, append(steps, `DROP SCHEMA `+asideSchema+` CASCADE`))
}

// all runs statements, all of them or none.
func (s *Store) all(ctx context.Context, statements []string) error {
	return s.transact(ctx, func(t *tx) error {
		for _, statement := range statements {
			if _, err := t.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}
