// Package revocation remembers what changed within the life of an access token: which sessions
// ended, which roles accounts have now, and what roles grant. The claims of a token are a cache
// of the database, and this is what invalidates it.
package revocation

import "time"

// A Change invalidates claims in access tokens already issued. The database keeps
// it for as long as such a token may live, and every replica hears of it.
type Change struct {
	Seq int64     // of two changes to the same thing, the later one has the higher
	At  time.Time // by the database's clock

	Session    string // this session has ended; with a Generation,
	Generation int    // only its tokens of lower generations are invalid

	User  string // this account has these Roles now
	Roles []string

	Role   string // this role grants these Scopes now,
	Scopes []string
	Gone   bool // or was deleted

	Keys bool // the signing keys have changed

	Clients bool // this client, or with none the resources have changed
	Client  string

	ClockBack bool // the database's clock went back after it had shown At
}

// A Snapshot is what the database says at one moment.
type Snapshot struct {
	Grants   map[string][]string // scopes by role
	Changes  []Change            // of the last Window, in order
	Position int64               // the seq of the last change ever recorded
	// Rewound says that this is an earlier state of the database, restored from a
	// backup: seqs that were used already are used again.
	Rewound bool
}
