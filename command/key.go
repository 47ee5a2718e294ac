package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/auth/keys"
	"gatehouse/auth/token"
	"gatehouse/auth/token/keyfile"
	"gatehouse/command/terminal"
	"gatehouse/command/work"
	"gatehouse/server"
)

// keyCommands manage the signing keys. A running service applies a change at
// once.
type keyCommands struct {
	List   keyList   `cmd:"" help:"List the keys and what each does now."`
	Rotate keyRotate `cmd:"" help:"Make the next signing key. It logs no user out."`
	Retire keyRetire `cmd:"" help:"Stop trusting a key at once: tokens signed by it stop working, sessions continue."`
	Import keyImport `cmd:"" help:"Import a key that was made elsewhere."`
}

// onKeys works on the keys while no other process does.
func onKeys(e *Env, do func(context.Context, *keys.Keys) error) work.Func {
	return func(ctx context.Context, d *server.Deployment) error {
		return e.Exclusively(ctx, d, func(ctx context.Context) error { return do(ctx, d.Keys()) })
	}
}

type keyList struct{ terminal.JSONFlag }

// Run lists the keys in the order in which they sign.
func (c *keyList) Run(ctx context.Context, e *Env) error {
	return e.OnTables(ctx, onKeys(e, func(ctx context.Context, k *keys.Keys) error {
		all, err := k.List(ctx)
		if err != nil {
			return err
		}
		return c.Answer(e.Terminal, keysJSON(all), func() error { return printKeys(e.Terminal, all) })
	}))
}

// A keyJSON is a key in the array that key list --json prints.
type keyJSON struct {
	ID        string     `json:"id"`
	Algorithm string     `json:"algorithm"`
	Phase     string     `json:"phase"`
	CreatedAt time.Time  `json:"createdAt"`
	SignsFrom time.Time  `json:"signsFrom"`
	Until     *time.Time `json:"until"`
}

func keysJSON(all []keys.Status) []keyJSON {
	list := make([]keyJSON, len(all))
	for i, a := range all {
		list[i] = keyJSON{a.ID, string(a.Algorithm), string(a.Phase), a.CreatedAt.UTC(), a.SignsFrom.UTC(), nil}
		if !a.Until.IsZero() {
			until := a.Until.UTC()
			list[i].Until = &until
		}
	}
	return list
}

func printKeys(t *terminal.Terminal, all []keys.Status) error {
	table := t.Table("ID", "ALGORITHM", "PHASE", "CREATED", "SIGNS FROM", "VERIFIES UNTIL")
	for _, a := range all {
		until := ""
		if !a.Until.IsZero() {
			until = a.Until.UTC().Format(time.RFC3339)
		}
		table.Row(a.ID, string(a.Algorithm), string(a.Phase), a.CreatedAt.UTC().Format(time.RFC3339),
			a.SignsFrom.UTC().Format(time.RFC3339), until)
	}
	return table.Flush()
}

// An activation has the flags of a command that adds a key.
type activation struct {
	terminal.JSONFlag
	Now bool `help:"Sign with it at once, without announcing it first. Services that cache our keys have to fetch them again."`
}

// print prints what was done with the key and when it signs. As JSON it prints
// the key as key list does.
func (a activation) print(ctx context.Context, t *terminal.Terminal, done, id string, k *keys.Keys) error {
	all, err := k.List(ctx)
	if err != nil {
		return err
	}
	inUse, err := k.InUse(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(s keys.Status) bool { return s.ID == id })
	switch {
	case a.JSON:
		return t.JSON(keysJSON(all)[at])
	case all[at].Algorithm != inUse && slices.Contains(k.IDTokens, all[at].Algorithm) && (a.Now || k.Announce == 0):
		return t.Printf("%s the key %s; it signs ID tokens from now on", done, id)
	case all[at].Algorithm != inUse && slices.Contains(k.IDTokens, all[at].Algorithm):
		return t.Printf("%s the key %s; it is published now, and signs ID tokens in %s", done, id, k.Announce)
	case all[at].Algorithm != inUse:
		return t.Printf("%s the key %s; it signs with JWT_ALG=%s", done, id, all[at].Algorithm)
	case a.Now || k.Announce == 0:
		return t.Printf("%s the key %s; it signs from now on", done, id)
	}
	return t.Printf("%s the key %s; it is published now, and signs in %s", done, id, k.Announce)
}

type keyRotate struct {
	activation
	Alg string `enum:",EdDSA,ES256,RS256" default:"" help:"Of the keys to replace: EdDSA, ES256 or RS256. Without it, those of access tokens."`
}

// Run makes the next signing key.
func (c *keyRotate) Run(ctx context.Context, e *Env) error {
	return e.ChangeTables(ctx, onKeys(e, func(ctx context.Context, k *keys.Keys) error {
		id, err := k.Rotate(ctx, cmp.Or(token.Algorithm(c.Alg), k.Algorithm), c.Now)
		if err != nil {
			return err
		}
		return c.print(ctx, e.Terminal, "made", id, k)
	}))
}

type keyRetire struct {
	terminal.JSONFlag
	ID string `arg:"" help:"The key's id, as gatehouse key list prints it."`
}

// A retiredJSON is what key retire --json prints.
type retiredJSON struct {
	ID        string  `json:"id"`
	Successor *string `json:"successor"` // the key that signs instead
}

// Run stops trusting a key. It asks for no confirmation: it logs no user out,
// and after a leak it must not wait.
func (c *keyRetire) Run(ctx context.Context, e *Env) error {
	return e.ChangeTables(ctx, onKeys(e, func(ctx context.Context, k *keys.Keys) error {
		successor, err := k.Retire(ctx, c.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			return e.Terminal.JSON(retiredJSON{c.ID, optional(successor)})
		}
		if successor != "" {
			return e.Terminal.Printf("retired the key %s; the key %s signs from now on", c.ID, successor)
		}
		return e.Terminal.Printf("retired the key %s", c.ID)
	}))
}

// keyFileLimit is how much is read of a key file, in bytes: one more than
// [keyfile.Parse] accepts.
const keyFileLimit = keyfile.MaxSize + 1

type keyImport struct {
	File string `arg:"" predictor:"file" help:"A file with one private key, in PEM or as a JWK; - is standard input."`
	activation
}

// Run imports a key that was made elsewhere.
func (c *keyImport) Run(ctx context.Context, e *Env) error {
	text, err := e.Terminal.ReadFile(ctx, c.File, keyFileLimit)
	if err != nil {
		return err
	}
	key, err := keyfile.Parse(text)
	if err != nil {
		return err
	}
	return e.ChangeTables(ctx, onKeys(e, func(ctx context.Context, k *keys.Keys) error {
		err := k.Import(ctx, key, c.Now)
		if errors.Is(err, keys.ErrTaken) {
			return fmt.Errorf("key %s already exists", key.ID)
		}
		if err != nil {
			return err
		}
		return c.print(ctx, e.Terminal, "imported", key.ID, k)
	}))
}
