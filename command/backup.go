package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"filippo.io/age"

	"gatehouse/command/terminal"
	"gatehouse/command/version"
	"gatehouse/server"
	"gatehouse/store"
	"gatehouse/store/backup"
)

type backupCommand struct {
	terminal.JSONFlag
	Recipient []string `placeholder:"AGE1..." sep:"none" help:"Encrypt for a public key of age; repeat it for several."`
	File      string   `arg:"" predictor:"file" help:"The file to write, which may exist; - is standard output."`
}

// Help is shown by backup --help.
func (backupCommand) Help() string {
	return `The file holds the database as pg_dump writes it and, with the embedded database, its SECRET_KEY. With
DATABASE_URL, keep your SECRET_KEY yourself. It needs pg_dump of the server's version or a newer one. The service may run.

Examples:

    age-keygen -o key.txt                                           once; keep it elsewhere
    gatehouse backup --recipient age1... gatehouse-$(date +%F).backup
    gatehouse backup --recipient age1... - | ssh host 'cat > gatehouse.backup'`
}

// A backupJSON is what backup --json prints.
type backupJSON struct {
	File      string `json:"file"`
	Users     int    `json:"users"`
	Bytes     int64  `json:"bytes"`
	Encrypted bool   `json:"encrypted"`
}

// Run writes a backup. It fails before it opens the database if the file can't
// be written.
func (c *backupCommand) Run(ctx context.Context, e *Env) error {
	recipients, err := backup.Recipients(c.Recipient)
	if err != nil {
		return err
	}
	if err := c.checkFile(e.Terminal); err != nil {
		return err
	}
	return e.OnTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		inventory, err := d.Store.Inventory(ctx)
		if err != nil {
			return err
		}
		counted := &counter{}
		write := func(to io.Writer) error {
			counted.Writer = to
			return writeBackup(ctx, e, d, inventory, counted, recipients)
		}
		if c.File == "-" {
			err = write(e.Terminal.Stdout)
		} else {
			err = backup.Save(c.File, write)
		}
		if err != nil {
			return err
		}
		if len(recipients) == 0 {
			e.Terminal.Warnf("the backup is not encrypted, and has password hashes and keys: keep it safe, or encrypt it with --recipient")
		}
		if c.File == "-" {
			return nil
		}
		return c.Answer(e.Terminal, backupJSON{c.File, inventory.Users, counted.bytes, len(recipients) > 0}, func() error {
			return e.Terminal.Printf("wrote %s: %s, %d bytes", c.File, terminal.Count(inventory.Users, "account"), counted.bytes)
		})
	})
}

// checkFile makes sure that the file can be written.
func (c *backupCommand) checkFile(t *terminal.Terminal) error {
	if c.File == "-" {
		if terminal.IsTerminal(t.Stdout) {
			return errors.New("a backup is not for a terminal: send it to a file or a program")
		}
		return nil
	}
	if info, err := os.Stat(c.File); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file: give the name of a file to write", c.File)
	}
	if info, err := os.Stat(filepath.Dir(c.File)); err != nil || !info.IsDir() {
		return fmt.Errorf("%s is not a folder: create it, or write the backup elsewhere", filepath.Dir(c.File))
	}
	return nil
}

// A counter counts what is written.
type counter struct {
	io.Writer
	bytes int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.bytes += int64(n)
	return n, err
}

// writeBackup writes a backup of the deployment.
func writeBackup(ctx context.Context, e *Env, d *server.Deployment, i *store.Inventory, to io.Writer, recipients []age.Recipient) error {
	client, err := backup.NewClient(ctx, d.DSN(), d.Settings.PGBinDir, i.Major)
	if err != nil {
		return err
	}
	files, err := d.KeptFiles()
	if err != nil {
		return err
	}
	newest, err := newestVersion(ctx, d.Store)
	if err != nil {
		return err
	}
	manifest := backup.Manifest{
		CreatedAt: e.Now().UTC(), Program: version.Line(), Migration: newest, Schema: i.Schema, PostgreSQL: i.Major, Dump: client.Major,
		SecretCheck: d.Secrets.Current.Check(),
	}
	defer e.Terminal.Progress("backing up the database")()
	encrypted, err := backup.Encrypt(to, recipients)
	if err != nil {
		return err
	}
	dump := func(w io.Writer) error { return client.Dump(ctx, i.Schema, i.Tables, w) }
	if err := backup.Write(encrypted, manifest, files, dump); err != nil {
		return err
	}
	return encrypted.Close()
}

// newestVersion returns the version of the newest migration that is applied.
func newestVersion(ctx context.Context, s *store.Store) (int64, error) {
	all, err := s.Migrations(ctx)
	newest := int64(0)
	for _, m := range all {
		if m.AppliedAt != nil {
			newest = max(newest, m.Version)
		}
	}
	return newest, err
}
