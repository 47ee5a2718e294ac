package auth

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gatehouse/auth/email"
	"gatehouse/auth/name"
)

// The roles that every deployment has.
const (
	RoleAdmin = "admin" // always grants all scopes
	RoleUser  = "user"  // grants no scopes; new accounts get it
)

// A Kind is what an account is for.
type Kind string

// The kinds of accounts.
const (
	Person  Kind = ""
	Service Kind = "SERVICE" // a program, which acts with API keys; no one can log in to it
)

// KindOf returns Service, or Person if the account is not one.
func KindOf(service bool) Kind {
	if service {
		return Service
	}
	return Person
}

// A User is an account.
type User struct {
	ID            string // UUIDv7
	Kind          Kind
	Email         string // as typed; of a service account, one that does not exist
	Name          *string
	Roles         []string // sorted
	EmailVerified bool
	Disabled      bool
	HasPassword   bool    // a person knows it
	SecondFactor  bool    // the account has one, without which it can't log in
	PendingEmail  *string // the address that the account gets once it is proved
	CreatedAt     time.Time
	UpdatedAt     time.Time
	LastLoginAt   *time.Time
}

// Address returns the email address, nil for a service account.
func (u *User) Address() *string {
	if u.Kind == Service {
		return nil
	}
	return &u.Email
}

// Label is what the account is called where one line names it: its address, or the
// name of a service account.
func (u *User) Label() string {
	if u.Kind == Service && u.Name != nil {
		return *u.Name
	}
	return u.Email
}

// IsActiveAdmin reports whether the account is an enabled administrator. The
// last one can't be removed. A service account is not one, because a key has no roles.
func (u *User) IsActiveAdmin() bool { return !u.Disabled && u.Kind != Service && u.IsAdmin() }

// IsAdmin reports whether the account has the role admin.
func (u *User) IsAdmin() bool { return slices.Contains(u.Roles, RoleAdmin) }

// A Credential is an account with its password hash. Only code that checks or
// sets passwords sees one.
type Credential struct {
	User *User
	Hash string // a PHC string
}

// MaxUserPage is how many accounts a page may have.
const MaxUserPage = 100

// A UserPage selects accounts, in the order of their ids.
type UserPage struct {
	Filter UserFilter
	After  string // the id of the account before the first one; "" for the start
	First  int    // how many, at most MaxUserPage
	// Untimed leaves the times of the accounts zero, which are a third of the work
	// of reading them.
	Untimed bool
}

// A UserFilter selects the accounts that match all of its fields that are set.
type UserFilter struct {
	Email    *string // a prefix; case does not matter
	Name     *string // a prefix; case does not matter
	Role     *string
	Disabled *bool
	Kind     *Kind
}

// check refuses a value that no email, name or role can have, or that the
// database can't compare.
func (f *UserFilter) check() error {
	for _, value := range []struct {
		field string
		text  *string
	}{{"email", f.Email}, {"name", f.Name}, {"role", f.Role}} {
		t := value.text
		if t != nil && (len(*t) > 1024 || strings.ContainsRune(*t, 0) || !utf8.ValidString(*t)) {
			return &InputError{Field: value.field, Message: "The filter is longer than 1024 bytes or contains invalid characters."}
		}
	}
	return nil
}

// A UserUpdate is what to change in an account. A nil field stays as it is; a
// pointer to nil removes the value.
type UserUpdate struct {
	Name  **string
	Email **string // can't be removed
}

// apply changes u.
func (in UserUpdate) apply(u *User) error {
	if in.Name != nil {
		parsed, err := parseName(*in.Name)
		if err != nil {
			return err
		}
		u.Name = parsed
	}
	if in.Email == nil {
		return nil
	}
	if u.Kind == Service {
		return &InputError{Field: "email", Message: "A service account has no email address."}
	}
	if *in.Email == nil {
		return &InputError{Field: "email", Message: "An account needs an email address."}
	}
	return u.setEmail(**in.Email)
}

// setEmail gives the account another email, which is unverified unless it is the
// same one.
func (u *User) setEmail(text string) error {
	address, err := parseEmail(text)
	if err != nil {
		return err
	}
	old, err := parseEmail(u.Email)
	u.EmailVerified = u.EmailVerified && err == nil && old.Canonical == address.Canonical
	u.Email = address.Shown
	return nil
}

// parseEmail reads an email address. It returns an [*InputError] if the address is
// invalid.
func parseEmail(text string) (email.Address, error) {
	address, err := email.Parse(text)
	if err != nil {
		return email.Address{}, &InputError{Field: "email", Message: err.Error()}
	}
	return address, nil
}

// parseName reads a person's name. A blank name is nil. It returns an
// [*InputError] if the name is invalid.
func parseName(text *string) (*string, error) {
	if text == nil {
		return nil, nil
	}
	parsed, err := name.Parse(*text)
	switch {
	case err != nil:
		return nil, &InputError{Field: "name", Message: err.Error()}
	case parsed == "":
		return nil, nil
	}
	return &parsed, nil
}

// maxRoles is how many roles an account has at most: an access token names them.
const maxRoles = 50

// checkRoles returns an [*InputError] if an account that had so many roles may not
// have these. One that has more, of the release before, may lose some.
func checkRoles(roles []string, had int) error {
	if len(roles) > max(maxRoles, had) {
		return &InputError{Field: "roles", Message: fmt.Sprintf(
			"An account has at most %d roles. Make a role that grants what several of them grant.", maxRoles)}
	}
	return nil
}

// CheckRoles returns an [*InputError] if a new account may not have the roles.
func CheckRoles(roles []string) error { return checkRoles(roles, 0) }

// set returns the names sorted and without duplicates. It is never nil: the
// database distinguishes an empty array from NULL.
func set(names []string) []string {
	names = append([]string{}, names...)
	slices.Sort(names)
	return slices.Compact(names)
}

// SelfGiven returns the roles of those that an account has which anyone gets who makes
// one.
func SelfGiven(roles []string) []string {
	return slices.DeleteFunc(set(roles), func(role string) bool { return role != RoleUser })
}

// WithRoles returns the roles with others added.
func WithRoles(roles, more []string) []string { return set(slices.Concat(roles, more)) }
