package proof

import "time"

// A Subject is what a claim, whose link is genuine and unused, is about.
type Subject struct {
	UserID      string // "" if it is about an address without an account
	SessionID   string // that asked for the mail; "" for none
	Key         string // the canonical address that it proves
	Email       string // of the account
	Name        *string
	Verified    bool // the account's address was proved already
	HasPassword bool
	Data        map[string]any
}

// An Opened is a proof whose mail is being written. It has the seed, from which the link
// is made.
type Opened struct {
	ID        string
	Purpose   Purpose
	Seed      []byte
	ExpiresAt time.Time
	Name      *string // of the account; nil for none
	Verified  bool    // the account's address was proved already
	Data      map[string]any
	Taken     bool // an account has the address that is to be registered, or changed to
}
