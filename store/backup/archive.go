// Package backup writes and reads backups: one file with the database, as
// pg_dump writes it, and the secrets that belong to it, encrypted on request.
//
// The file is a ZIP archive, so that each part can be taken out of it with any
// tool, and a part that is damaged or missing is noticed. Encrypted, it is an
// archive in an age file (age-encryption.org).
package backup

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// Each failure of [Open] wraps one of these, with advice.
var (
	ErrForeign   = errors.New("this is not a backup of Gatehouse")
	ErrDamaged   = errors.New("this backup is damaged or incomplete")
	ErrEncrypted = errors.New("this backup is encrypted")
	ErrNewer     = errors.New("this backup was made by a newer version of Gatehouse")
)

// format is the version of the archive's layout.
const format = 1

// The parts of an archive. Other names are files of DATA_DIR.
const (
	manifestName = "gatehouse-backup.json"
	dumpName     = "database.dump"
	filesPrefix  = "data/"
)

// A Manifest says what a backup holds.
type Manifest struct {
	Format      int       `json:"format"`
	CreatedAt   time.Time `json:"createdAt"`
	Program     string    `json:"program"`     // the version of Gatehouse
	Migration   int64     `json:"migration"`   // the newest one applied
	Schema      string    `json:"schema"`      // that the tables are in
	PostgreSQL  int       `json:"postgresql"`  // the server's major version
	Dump        int       `json:"dump"`        // the major version of pg_dump
	SecretCheck string    `json:"secretCheck"` // tells whether a SECRET_KEY is the database's
}

// Write writes an archive. dump writes the database. files are those of DATA_DIR
// that belong to it, by their paths.
func Write(to io.Writer, m Manifest, files map[string]string, dump func(io.Writer) error) error {
	m.Format = format
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	archive := zip.NewWriter(to)
	part := func(name string, method uint16) (io.Writer, error) {
		header := &zip.FileHeader{Name: name, Method: method, Modified: m.CreatedAt}
		header.SetMode(0o600)
		return archive.CreateHeader(header)
	}
	write := func(name string, text []byte) error {
		w, err := part(name, zip.Deflate)
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	}
	if err := write(manifestName, text); err != nil {
		return err
	}
	for name, text := range files {
		if err := write(filesPrefix+name, []byte(text)); err != nil {
			return err
		}
	}
	w, err := part(dumpName, zip.Store) // pg_dump has compressed it
	if err != nil {
		return err
	}
	if err := dump(w); err != nil {
		return err
	}
	return archive.Close()
}

// A Backup is an archive whose parts are all there and undamaged.
type Backup struct {
	Manifest
	Files   map[string]string
	archive *zip.Reader
}

// maxText is the most that the small parts may have, in bytes.
const maxText = 1 << 20

// read reads an archive and checks each part of it.
func read(from io.ReaderAt, size int64) (*Backup, error) {
	archive, err := zip.NewReader(from, size)
	if err != nil {
		return nil, fmt.Errorf("%w: copy it again, or take an earlier one: %w", ErrDamaged, err)
	}
	b := &Backup{Files: map[string]string{}, archive: archive}
	text, err := b.text(manifestName)
	if errors.Is(err, fs.ErrNotExist) || err == nil && json.Unmarshal([]byte(text), &b.Manifest) != nil {
		return nil, fmt.Errorf("%w: give the file that gatehouse backup wrote", ErrForeign)
	}
	if err != nil {
		return nil, damaged(err)
	}
	if b.Format > format {
		return nil, fmt.Errorf("%w: install the version %s or a later one", ErrNewer, b.Program)
	}
	for _, part := range archive.File {
		if err := b.check(part); err != nil {
			return nil, damaged(err)
		}
	}
	if _, err := archive.Open(dumpName); err != nil {
		return nil, damaged(err)
	}
	return b, nil
}

// check reads a part to its end, where its checksum is compared. It keeps the
// files of DATA_DIR.
func (b *Backup) check(part *zip.File) error {
	if name, is := cutPrefix(part.Name); is {
		text, err := b.text(part.Name)
		b.Files[name] = text
		return err
	}
	r, err := part.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(io.Discard, r) //nolint:gosec // nothing is kept, and the file is the operator's own
	return err
}

func (b *Backup) text(name string) (string, error) {
	r, err := b.archive.Open(name)
	if err != nil {
		return "", err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxText))
	return string(text), err
}

func damaged(err error) error {
	return fmt.Errorf("%w: copy it again, or take an earlier one: %w", ErrDamaged, err)
}

func cutPrefix(name string) (string, bool) {
	if len(name) > len(filesPrefix) && name[:len(filesPrefix)] == filesPrefix {
		return name[len(filesPrefix):], true
	}
	return "", false
}

// Database returns the database as pg_dump wrote it.
func (b *Backup) Database() (io.ReadCloser, error) { return b.archive.Open(dumpName) }
