package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"

	"gatehouse/command/terminal"
	"gatehouse/server"
	"gatehouse/store/backup"
)

type restoreCommand struct {
	terminal.Confirmation
	terminal.JSONFlag
	Identity []string `placeholder:"FILE" predictor:"file" sep:"none" help:"A file with a private key of age, if the backup is encrypted."`
	File     string   `arg:"" predictor:"file" help:"The file that gatehouse backup wrote; - is standard input."`
}

// Help is shown by restore --help.
func (restoreCommand) Help() string {
	return `Stop all replicas first. If the database has accounts, it asks before it replaces them. All of the backup
is checked before anything changes, and if the restore fails, the database is as it was. Then all users have to log in
again, because the backup doesn't know which sessions have ended since. The backup may be of another machine, of another
version of PostgreSQL, or of an older version of Gatehouse.

Examples:

    gatehouse restore --identity key.txt gatehouse-2026-11-27.backup
    DATA_DIR=/srv/gatehouse gatehouse restore gatehouse.backup`
}

// A restoredJSON is what restore --json prints.
type restoredJSON struct {
	Users     int    `json:"users"`
	Ended     int    `json:"ended"` // sessions
	Key       string `json:"key"`   // that signs from now on
	CreatedAt string `json:"createdAt"`
}

// Run restores a backup. It checks the backup before it opens the database.
func (c *restoreCommand) Run(ctx context.Context, e *Env) error {
	file, err := c.open(ctx, e.Terminal)
	if err != nil {
		return err
	}
	defer file.Close()
	var identities []age.Identity
	for _, path := range c.Identity {
		text, err := e.Terminal.ReadFile(ctx, path, keyFileLimit)
		if err != nil {
			return err
		}
		some, err := backup.Identities(path, text)
		if err != nil {
			return err
		}
		identities = append(identities, some...)
	}
	checked := e.Terminal.Progress("checking the backup")
	b, err := backup.Open(file, identities)
	checked()
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	return e.OnDatabase(ctx, func(ctx context.Context, d *server.Deployment) error { return c.restore(ctx, e, d, b) })
}

// open opens the file. Standard input is copied to a file that has no name.
func (c *restoreCommand) open(ctx context.Context, t *terminal.Terminal) (*os.File, error) {
	if c.File != "-" {
		return os.Open(c.File)
	}
	f, err := os.CreateTemp("", "gatehouse-restore-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	defer t.Progress("reading the backup")()
	if _, err := io.Copy(f, contextReader{ctx, t.Stdin}); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// A contextReader reads until ctx ends.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// restore replaces the database by the backup, if that fits and is confirmed.
func (c *restoreCommand) restore(ctx context.Context, e *Env, d *server.Deployment, b *backup.Backup) error {
	inventory, err := d.Store.Inventory(ctx)
	if err != nil {
		return err
	}
	if err := checkFits(ctx, d, b, inventory.Schema); err != nil {
		return err
	}
	client, err := backup.NewClient(ctx, d.DSN(), d.Settings.PGBinDir, b.Dump)
	if err != nil {
		return err
	}
	if inventory.Users > 0 {
		question := fmt.Sprintf("Replace this database, with %s, by the backup of %s?",
			terminal.Count(inventory.Users, "account"), b.CreatedAt.Format("2006-01-02 15:04 MST"))
		if err := c.Confirm(ctx, e.Terminal, question); err != nil {
			return err
		}
	}
	var ended int
	var key string
	err = e.Exclusively(ctx, d, func(ctx context.Context) error {
		defer e.Terminal.Progress("restoring the database")()
		if err := d.Store.Replace(ctx, func(ctx context.Context) error { return load(ctx, client, b) }); err != nil {
			return err
		}
		ended, key, err = adopt(ctx, d, b)
		return err
	})
	if err != nil {
		return err
	}
	if inventory, err = d.Store.Inventory(ctx); err != nil {
		return err
	}
	return c.Answer(e.Terminal, restoredJSON{inventory.Users, ended, key, b.CreatedAt.Format("2006-01-02T15:04:05Z07:00")}, func() error {
		return e.Terminal.Printf("restored %s as of %s\nall accounts are logged out: %s ended; the key %s signs from now on",
			terminal.Count(inventory.Users, "account"), b.CreatedAt.Format("2006-01-02 15:04 MST"), terminal.Count(ended, "session"), key)
	})
}

// checkFits returns an error if this deployment can't have the backup.
func checkFits(ctx context.Context, d *server.Deployment, b *backup.Backup, schema string) error {
	if d.Postgres != nil && d.Postgres.Shared() {
		return errors.New("the service is running: stop it, because it would go on with what it knows of the old database")
	}
	all, err := d.Store.Migrations(ctx)
	if err != nil {
		return err
	}
	if newest := all[len(all)-1].Version; b.Migration > newest {
		return fmt.Errorf("%w: it has migration %d, and this program knows %d: install the version that wrote it (%s) or a later one",
			backup.ErrNewer, b.Migration, newest, b.Program)
	}
	if schema != b.Schema {
		return fmt.Errorf("the backup is of the schema %q, and this database uses %q: create that schema, and set search_path to it", b.Schema, schema)
	}
	secrets, err := d.SecretOf(b.Files)
	if err != nil {
		return err
	}
	if secrets.Current.Check() != b.SecretCheck && (secrets.Previous == nil || secrets.Previous.Check() != b.SecretCheck) {
		return errors.New("SECRET_KEY is not that of the backup: set that one. If the backup is of an embedded database, " +
			"unzip -p FILE data/secrets/secret-key prints it; decrypt an encrypted one with age first")
	}
	return nil
}

// load loads the database of the backup.
func load(ctx context.Context, client *backup.Client, b *backup.Backup) error {
	dump, err := b.Database()
	if err != nil {
		return err
	}
	defer dump.Close()
	if err := client.Restore(ctx, dump); err != nil {
		return fmt.Errorf("the restore failed, and the database stays as it was: %w", err)
	}
	return nil
}

// adopt makes a database that was just restored this deployment's: with its
// files, migrated, and without sessions.
func adopt(ctx context.Context, d *server.Deployment, b *backup.Backup) (ended int, key string, err error) {
	if err := d.ReplaceKeptFiles(b.Files); err != nil {
		return 0, "", err
	}
	if err := d.Store.MigrateUp(ctx); err != nil {
		return 0, "", err
	}
	return endEverySession(ctx, d)
}
