package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"gatehouse/auth"
)

// listPage is how many accounts are read at a time.
const listPage = 1000

type userList struct {
	JSON bool `name:"json" help:"Print a JSON array."`
}

// Run lists all accounts in the order of their ids, which is that in which they were made. It holds one page of them at a time.
func (c *userList) Run(t *session) error {
	return t.onTables(func(ctx context.Context, d *deployment) error {
		var list listing = newTable(t.stdout)
		if c.JSON {
			list = &array{to: t.stdout}
		}
		page := auth.UserPage{Limit: listPage}
		for {
			users, err := d.store.Users(ctx, page)
			if err != nil {
				return err
			}
			if err := list.add(users); err != nil {
				return err
			}
			if len(users) < page.Limit {
				return list.end()
			}
			page.After = users[len(users)-1].ID
		}
	})
}

// A listing prints accounts page by page.
type listing interface {
	add(users []*auth.User) error
	end() error
}

// A table lists accounts for a person.
type table struct {
	rows *tabwriter.Writer
}

// newTable begins a table. Each page is aligned by itself, for to align all would be to hold all; the columns whose width is known come
// first and the addresses have room, so that the pages seldom differ.
func newTable(to io.Writer) *table {
	t := &table{rows: columns(to)}
	_, _ = fmt.Fprintf(t.rows, "%-36s\t%-8s\t%-20s\t%-20s\t%-30s\tROLES\tNAME\n", "ID", "STATE", "CREATED", "LAST LOGIN", "E-MAIL")
	return t
}

// columns aligns what is separated by tabs. What is wrong with the file beneath shows when it is flushed.
func columns(to io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(to, 0, 0, 2, ' ', 0) }

func (t *table) add(users []*auth.User) error {
	for _, u := range users {
		state, name, login := "enabled", "", "never"
		if u.Disabled {
			state = "disabled"
		}
		if u.Name != nil {
			name = *u.Name
		}
		if u.LastLoginAt != nil {
			login = u.LastLoginAt.UTC().Format(time.RFC3339)
		}
		_, _ = fmt.Fprintf(t.rows, "%s\t%-8s\t%s\t%-20s\t%-30s\t%s\t%s\n", u.ID, state, u.CreatedAt.UTC().Format(time.RFC3339), login,
			u.Email, strings.Join(u.Roles, ","), printable(name))
	}
	return t.rows.Flush()
}

func (t *table) end() error { return nil }

// An array lists accounts for a program: a JSON array with one account on each line.
type array struct {
	to    io.Writer
	begun bool
}

// A listedUser is an account in the array, its members named as in the API. It is converted from an auth.User, so whoever gives that a
// field decides here whether it may be seen.
type listedUser struct {
	ID            string     `json:"id"`
	Email         string     `json:"email"`
	Name          *string    `json:"name"`
	Roles         []string   `json:"roles"`
	EmailVerified bool       `json:"emailVerified"`
	Disabled      bool       `json:"disabled"`
	CreatedAt     time.Time  `json:"createdAt"`
	UpdatedAt     time.Time  `json:"updatedAt"`
	LastLoginAt   *time.Time `json:"lastLoginAt"`
}

func (a *array) add(users []*auth.User) error {
	var text strings.Builder
	for _, u := range users {
		one, err := json.Marshal(listedUser(*u))
		if err != nil {
			return err
		}
		text.WriteString(a.separator())
		text.Write(one)
	}
	_, err := io.WriteString(a.to, text.String())
	return err
}

func (a *array) separator() string {
	if a.begun {
		return ",\n"
	}
	a.begun = true
	return "[\n"
}

func (a *array) end() error {
	closing := "\n]\n"
	if !a.begun {
		closing = "[]\n"
	}
	_, err := io.WriteString(a.to, closing)
	return err
}

// printable replaces what a terminal would obey instead of showing, such as what turns the direction of writing around.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
