package relyingparty

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatehouse/auth/oauth/clients"
	"gatehouse/command/work"
	"gatehouse/server"
	"gatehouse/settings"
)

// Commands try the endpoints of OAuth.
type Commands struct {
	Try try `cmd:"" help:"Log in to an application on this machine, and print what it gets."`
}

type try struct {
	Issuer      string        `placeholder:"URL" help:"The service to log in to. The default is PUBLIC_URL."`
	Client      string        `placeholder:"ID" help:"The client to be. The default is one that is made for this, and deleted at the end."`
	SecretStdin bool          `help:"Read the client's secret from standard input."`
	Scope       []string      `placeholder:"SCOPE" default:"openid,profile,email" help:"A scope to ask for; repeat it for several."`
	Port        int           `placeholder:"PORT" help:"The port to listen on. The default is any that is free."`
	Timeout     time.Duration `placeholder:"DURATION" default:"10m" help:"How long to wait for you."`
}

// Help is shown by oauth try --help.
func (try) Help() string {
	return `It prints an address to open in a browser. Once you have logged in there and allowed it, it prints as JSON
what the application got: the claims of the ID token and of /oauth/userinfo. Tokens are not printed.

A client of yours needs the redirect URI http://127.0.0.1` + CallbackPath + `, and a secret unless it is public.`
}

// Run logs in once.
func (c *try) Run(ctx context.Context, e *work.Env) error {
	config := Config{Issuer: strings.TrimSuffix(c.Issuer, "/"), ClientID: c.Client, Scopes: c.Scope, Port: c.Port}
	if config.Issuer == "" {
		s, err := settings.Read(e.Environ, e.Dotenv)
		if err != nil {
			return err
		}
		if !s.OAuth.On {
			return errors.New("OAuth is off: set OAUTH=on, here and for the service")
		}
		config.Issuer = s.Issuer()
	}
	if c.Client != "" {
		return c.login(ctx, e, config)
	}
	if c.Issuer != "" || c.SecretStdin {
		return errors.New("name the client, too: --client ID")
	}
	return c.asTemporaryClient(ctx, e, config)
}

// login logs in as the client, and prints what it got.
func (c *try) login(ctx context.Context, e *work.Env, config Config) error {
	var err error
	if c.SecretStdin {
		if config.Secret, err = e.Terminal.ReadInput(ctx); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	party, err := New(ctx, config)
	if err != nil {
		return err
	}
	e.Terminal.Warnf("open %s in a browser on this machine", party.Address())
	result, err := party.Wait(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no log-in within %s", c.Timeout)
	}
	if err != nil {
		return err
	}
	return e.Terminal.JSON(result)
}

// asTemporaryClient logs in as a client that exists as long as that takes.
func (c *try) asTemporaryClient(ctx context.Context, e *work.Env, config Config) error {
	client, err := temporaryClient(ctx, e, c.Scope)
	if err != nil {
		return err
	}
	defer func() {
		ended := e.ChangeTables(context.WithoutCancel(ctx), func(ctx context.Context, d *server.Deployment) error {
			all, err := d.Clients(ctx)
			if err != nil {
				return err
			}
			_, err = all.Delete(ctx, client)
			return err
		})
		if ended != nil {
			e.Terminal.Warnf("the client %s is left: %s", client, server.Explain(ended))
		}
	}()
	config.ClientID = client
	return c.login(ctx, e, config)
}

// temporaryClient registers a public client on this machine, and returns its id.
func temporaryClient(ctx context.Context, e *work.Env, scopes []string) (id string, err error) {
	err = e.ChangeTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		all, err := d.Clients(ctx)
		if err != nil {
			return err
		}
		made, err := all.Create(ctx, clients.CreateInput{
			Name: "gatehouse oauth try", Kind: clients.Public, Scopes: scopes,
			RedirectURIs: []string{"http://127.0.0.1" + CallbackPath},
			Grants:       []clients.GrantType{clients.AuthorizationCode, clients.RefreshToken},
		})
		if err == nil {
			id = made.Client.ID
		}
		return err
	})
	return id, err
}
