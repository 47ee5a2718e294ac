package mail

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"gatehouse/mail/message"
)

// foldersMails is how many mails a folder keeps.
const foldersMails = 200

// A Folder keeps mails as files instead of sending them, for a service that runs on the
// machine of its developer.
type Folder string

// Send writes a mail to a file, which only its owner can read. The oldest ones go.
func (f Folder) Send(_ context.Context, m *message.Message) error {
	content, err := m.Bytes()
	if err != nil {
		return fmt.Errorf("a mail can't be written: %w", err)
	}
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return fmt.Errorf("mails can't be kept: %w", err)
	}
	path := filepath.Join(string(f), m.ID+".eml")
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		return fmt.Errorf("a mail can't be kept: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("a mail can't be kept: %w", err)
	}
	names := f.Names()
	for _, name := range names[min(len(names), foldersMails):] {
		_ = os.Remove(filepath.Join(string(f), name+".eml"))
	}
	return nil
}

// Names returns the ids of the mails, the newest first: an id begins with its time.
func (f Folder) Names() []string {
	paths, _ := filepath.Glob(filepath.Join(string(f), "*.eml")) // a bad pattern is the only error
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = filepath.Base(path[:len(path)-len(".eml")])
	}
	slices.Sort(names)
	slices.Reverse(names)
	return names
}

// Read returns a mail as it would have been sent.
func (f Folder) Read(id string) ([]byte, error) {
	if !slices.Contains(f.Names(), id) {
		return nil, os.ErrNotExist
	}
	return os.ReadFile(filepath.Join(string(f), id+".eml"))
}
