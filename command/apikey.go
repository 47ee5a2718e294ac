package command

import (
	"context"
	"errors"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/apikey"
	"gatehouse/command/terminal"
	"gatehouse/server"
)

// apikeyCommands manage API keys. A running service applies a change at once.
type apikeyCommands struct {
	Create apikeyCreate `cmd:"" help:"Create an API key and print it."`
	List   apikeyList   `cmd:"" help:"List the API keys that work, the newest first."`
	Revoke apikeyRevoke `cmd:"" help:"End an API key."`
}

// An apikeyJSON is an API key in the array that apikey list --json prints.
type apikeyJSON struct {
	ID         string     `json:"id"`
	UserID     string     `json:"userId"`
	Name       string     `json:"name"`
	Hint       string     `json:"hint"`
	Scopes     []string   `json:"scopes"`
	CreatedAt  time.Time  `json:"createdAt"`
	ExpiresAt  *time.Time `json:"expiresAt"`
	LastUsedAt *time.Time `json:"lastUsedAt"`
	LastUsedIP *string    `json:"lastUsedIp"`
	Rotated    bool       `json:"rotated"`
}

func newAPIKeyJSON(k *apikey.Key) apikeyJSON {
	return apikeyJSON{k.ID, k.UserID, k.Name, k.Hint, k.Scopes, k.CreatedAt, k.ExpiresAt, k.LastUsedAt, k.LastUsedIP, k.Rotated}
}

type apikeyCreate struct {
	account
	Name      string         `arg:"" help:"A name that says where the key is used."`
	Scope     []string       `placeholder:"SCOPE" help:"A scope of the key; repeat it for several. Without any, the key opens what needs no scope."`
	ExpiresIn *time.Duration `placeholder:"DURATION" help:"How long the key works, such as 720h. The default is as long as API_KEY_MAX_AGE allows."`
	terminal.JSONFlag
}

// A createdAPIKeyJSON is what apikey create --json prints.
type createdAPIKeyJSON struct {
	apikeyJSON
	Key string `json:"key"`
}

// Help is shown by apikey create --help.
func (apikeyCreate) Help() string {
	return `The key is printed this once. It may do what its scopes say, as far as its account may do it at that moment.`
}

// Run creates a key.
func (c *apikeyCreate) Run(ctx context.Context, e *Env) error {
	return e.ChangeTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		op, err := d.Operator()
		if err != nil {
			return err
		}
		u, err := c.find(ctx, op)
		if err != nil {
			return err
		}
		keys, err := d.APIKeys(ctx)
		if err != nil {
			return err
		}
		in := apikey.CreateInput{Name: c.Name, Scopes: c.Scope}
		if c.ExpiresIn != nil {
			end := keys.Now().Add(*c.ExpiresIn)
			in.ExpiresAt = &end
		}
		made, err := keys.CreateFor(ctx, u, in)
		if errors.Is(err, auth.ErrUserNotFound) {
			return errors.New("the account is disabled: enable it first, with gatehouse user enable")
		}
		if err != nil {
			return err
		}
		return c.Answer(e.Terminal, createdAPIKeyJSON{newAPIKeyJSON(made.APIKey), made.Key}, func() error {
			return e.Terminal.Printf("id        %s\nscopes    %s\nexpires   %s\nkey       %s",
				made.APIKey.ID, terminal.List(made.APIKey.Scopes), atOrNever(made.APIKey.ExpiresAt), made.Key)
		})
	})
}

type apikeyList struct {
	accountOrAll
	terminal.JSONFlag
}

// Run lists keys.
func (c *apikeyList) Run(ctx context.Context, e *Env) error {
	return e.OnTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		id, err := c.findID(ctx, d)
		if err != nil {
			return err
		}
		keys, err := d.Store.APIKeys(ctx, id, sessionLimit)
		if err != nil {
			return err
		}
		if len(keys) == sessionLimit {
			e.Terminal.Warnf("these are the %d newest API keys; there may be more", sessionLimit)
		}
		list := make([]apikeyJSON, len(keys))
		for i, k := range keys {
			list[i] = newAPIKeyJSON(k)
		}
		return c.Answer(e.Terminal, list, func() error { return printAPIKeys(e.Terminal, keys) })
	})
}

func printAPIKeys(t *terminal.Terminal, keys []*apikey.Key) error {
	table := t.Table("ID", "ACCOUNT", "CREATED", "EXPIRES", "LAST USED", "KEY", "SCOPES", "NAME")
	for _, k := range keys {
		table.Row(k.ID, k.UserID, k.CreatedAt.Format(time.RFC3339), atOrNever(k.ExpiresAt), atOrNever(k.LastUsedAt), k.Hint+"...",
			terminal.List(k.Scopes), k.Name)
	}
	return table.Flush()
}

// atOrNever returns a time, for people.
func atOrNever(at *time.Time) string {
	if at == nil {
		return "never"
	}
	return at.UTC().Format(time.RFC3339)
}

type apikeyRevoke struct {
	ID string `arg:"" help:"The key's id, as apikey list prints it."`
}

// Run ends a key of any account.
func (c *apikeyRevoke) Run(ctx context.Context, e *Env) error {
	return e.ChangeTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		keys, err := d.APIKeys(ctx)
		if err != nil {
			return err
		}
		id, err := keys.RevokeAny(ctx, c.ID)
		if errors.Is(err, auth.ErrNotFound) {
			return errors.New("no API key has this id")
		}
		if err != nil {
			return err
		}
		return e.Terminal.Printf("the API key %s has ended", id)
	})
}
