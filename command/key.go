package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/token"
)

// keyCommands look after the signing keys. What they change takes effect in a running service at once.
type keyCommands struct {
	List   keyList   `cmd:"" help:"List the keys and what each does now."`
	Rotate keyRotate `cmd:"" help:"Make the key that signs next. Nobody is logged out."`
	Retire keyRetire `cmd:"" help:"Stop trusting a key at once: tokens that it signed stop working, sessions go on."`
	Import keyImport `cmd:"" help:"Take a key that was made elsewhere."`
}

// onKeys works on the keys while nobody else does.
func (t *session) onKeys(work func(context.Context, *auth.Keys) error) error {
	return t.onTables(func(ctx context.Context, d *deployment) error {
		keys, err := d.keys()
		if err != nil {
			return err
		}
		return t.exclusively(ctx, d, func(ctx context.Context) error { return work(ctx, keys) })
	})
}

type keyList struct {
	JSON bool `name:"json" help:"Print a JSON array."`
}

// A listedKey is a key as a program reads it.
type listedKey struct {
	ID        string     `json:"id"`
	Algorithm string     `json:"algorithm"`
	Phase     string     `json:"phase"`
	CreatedAt time.Time  `json:"createdAt"`
	SignsFrom time.Time  `json:"signsFrom"`
	Until     *time.Time `json:"until"`
}

// Run lists the keys in the order in which they sign.
func (c *keyList) Run(t *session) error {
	return t.onKeys(func(ctx context.Context, keys *auth.Keys) error {
		ages, err := keys.Ages(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			list := make([]listedKey, len(ages))
			for i, a := range ages {
				list[i] = listedKey{a.ID, string(a.Algorithm), string(a.Phase), a.CreatedAt.UTC(), a.SignsFrom.UTC(), nil}
				if !a.Until.IsZero() {
					until := a.Until.UTC()
					list[i].Until = &until
				}
			}
			out := json.NewEncoder(t.stdout)
			out.SetIndent("", "  ")
			return out.Encode(list)
		}
		rows := columns(t.stdout)
		_, _ = fmt.Fprintln(rows, "ID\tALGORITHM\tPHASE\tCREATED\tSIGNS FROM\tVERIFIES UNTIL")
		for _, a := range ages {
			until := ""
			if !a.Until.IsZero() {
				until = a.Until.UTC().Format(time.RFC3339)
			}
			_, _ = fmt.Fprintf(rows, "%s\t%s\t%s\t%s\t%s\t%s\n", a.ID, a.Algorithm, a.Phase, a.CreatedAt.UTC().Format(time.RFC3339),
				a.SignsFrom.UTC().Format(time.RFC3339), until)
		}
		return rows.Flush()
	})
}

// A beginning says when a new key signs.
type beginning struct {
	Now bool `help:"Let it sign at once, without announcing it first. Services that keep our keys have to fetch them again."`
}

// say says when a new key signs.
func (b beginning) say(t *session, what, id string, keys *auth.Keys) error {
	if b.Now || keys.Announce == 0 {
		return t.say("%s the key %s; it signs from now on", what, id)
	}
	return t.say("%s the key %s; it is published now, and signs in %s", what, id, keys.Announce)
}

type keyRotate struct{ beginning }

// Run makes the key that signs next.
func (c *keyRotate) Run(t *session) error {
	return t.onKeys(func(ctx context.Context, keys *auth.Keys) error {
		id, err := keys.Rotate(ctx, keys.Algorithm, c.Now)
		if err != nil {
			return err
		}
		return c.say(t, "made", id, keys)
	})
}

type keyRetire struct {
	ID string `arg:"" help:"The key's id, as gatehouse key list shows it."`
}

// Run stops trusting a key.
func (c *keyRetire) Run(t *session) error {
	return t.onKeys(func(ctx context.Context, keys *auth.Keys) error {
		successor, err := keys.Retire(ctx, c.ID)
		if err != nil {
			return err
		}
		if successor != "" {
			return t.say("retired the key %s; the key %s signs from now on", c.ID, successor)
		}
		return t.say("retired the key %s", c.ID)
	})
}

// keyFileLimit is the most that is read of a file with a key, in bytes: more than any key has.
const keyFileLimit = 64<<10 + 1

type keyImport struct {
	File string `arg:"" help:"A file with one private key, in PEM or as a JWK; - is standard input."`
	beginning
}

// Run takes a key that was made elsewhere.
func (c *keyImport) Run(t *session) error {
	text, err := c.read(t)
	if err != nil {
		return err
	}
	key, err := token.ParsePrivateKey(text)
	if err != nil {
		return err
	}
	return t.onKeys(func(ctx context.Context, keys *auth.Keys) error {
		err := keys.Import(ctx, key, c.Now)
		if errors.Is(err, auth.ErrKeyTaken) {
			return fmt.Errorf("there is a key %s already", key.ID)
		}
		if err != nil {
			return err
		}
		if key.Algorithm != keys.Algorithm {
			return t.say("took the key %s; it signs with JWT_ALG=%s", key.ID, key.Algorithm)
		}
		return c.say(t, "took", key.ID, keys)
	})
}

func (c *keyImport) read(t *session) ([]byte, error) {
	if c.File == "-" {
		text, err := t.await(func() (string, error) {
			all, err := io.ReadAll(io.LimitReader(t.stdin, keyFileLimit))
			return string(all), err
		})
		return []byte(text), err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, keyFileLimit))
}
