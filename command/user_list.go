package command

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gatehouse/auth"
	"gatehouse/command/terminal"
	"gatehouse/server"
)

// usersPerPage is how many accounts are read at a time.
const usersPerPage = 1000

type userList struct{ terminal.JSONFlag }

// Run lists all accounts by id, which is the order of their creation. It holds
// one page of them at a time.
func (c *userList) Run(ctx context.Context, e *Env) error {
	return e.OnTables(ctx, func(ctx context.Context, d *server.Deployment) error {
		var list userPrinter
		if c.JSON {
			list = &userArray{e.Terminal.Array()}
		} else {
			list = newUserTable(e.Terminal)
		}
		page := auth.UserPage{First: usersPerPage}
		for {
			users, err := d.Store.Users(ctx, page)
			if err != nil {
				return err
			}
			if err := list.add(users); err != nil {
				return err
			}
			if len(users) < page.First {
				return list.close()
			}
			page.After = users[len(users)-1].ID
		}
	})
}

// A userPrinter prints accounts page by page.
type userPrinter interface {
	add(page []*auth.User) error
	close() error
}

// A userTable prints accounts for a person.
type userTable struct {
	table *terminal.Table
}

// newUserTable returns a table. Each page is aligned separately; aligning all
// rows would mean buffering them. The columns of known width come first and
// addresses have some room, so that pages rarely differ.
func newUserTable(t *terminal.Terminal) *userTable {
	table := t.Table(fmt.Sprintf("%-36s", "ID"), fmt.Sprintf("%-8s", "STATE"), fmt.Sprintf("%-20s", "CREATED"),
		fmt.Sprintf("%-20s", "LAST LOGIN"), fmt.Sprintf("%-30s", "EMAIL"), "ROLES", "NAME")
	return &userTable{table}
}

func (t *userTable) add(page []*auth.User) error {
	for _, u := range page {
		state, email, name, login := "enabled", "-", "", "never"
		if u.Kind != auth.Service {
			email = u.Email
		}
		if u.Disabled {
			state = "disabled"
		}
		if u.Name != nil {
			name = *u.Name
		}
		if u.LastLoginAt != nil {
			login = u.LastLoginAt.UTC().Format(time.RFC3339)
		}
		t.table.Row(u.ID, fmt.Sprintf("%-8s", state), u.CreatedAt.UTC().Format(time.RFC3339), fmt.Sprintf("%-20s", login),
			fmt.Sprintf("%-30s", email), strings.Join(u.Roles, ","), name)
	}
	return t.table.Flush()
}

func (t *userTable) close() error { return t.table.Flush() }

// A userArray prints accounts for a program: a JSON array with an account on
// each line.
type userArray struct {
	array *terminal.Array
}

// A userJSON is an account in the array, with the names of the API.
type userJSON struct {
	ID            string     `json:"id"`
	Kind          auth.Kind  `json:"kind,omitempty"` // only of a service account
	Email         *string    `json:"email"`          // null for a service account
	Name          *string    `json:"name"`
	Roles         []string   `json:"roles"`
	EmailVerified bool       `json:"emailVerified"`
	Disabled      bool       `json:"disabled"`
	CreatedAt     time.Time  `json:"createdAt"`
	UpdatedAt     time.Time  `json:"updatedAt"`
	LastLoginAt   *time.Time `json:"lastLoginAt"`
}

func newUserJSON(u *auth.User) userJSON {
	return userJSON{
		ID: u.ID, Kind: u.Kind, Email: u.Address(), Name: u.Name, Roles: u.Roles, EmailVerified: u.EmailVerified, Disabled: u.Disabled,
		CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, LastLoginAt: u.LastLoginAt,
	}
}

func (a *userArray) add(page []*auth.User) error {
	for _, u := range page {
		if err := a.array.Add(newUserJSON(u)); err != nil {
			return err
		}
	}
	return nil
}

func (a *userArray) close() error { return a.array.Close() }
