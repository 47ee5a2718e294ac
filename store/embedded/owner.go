package embedded

import (
	"fmt"
	"os"

	"gatehouse/store/embedded/runas"
)

// ownerFor returns the owner of the database pg. A new one has major version 0.
func ownerFor(pg string, major int) (runas.User, error) {
	if major == 0 {
		return newOwner()
	}
	return ownerOf(pg)
}

// ownerOf returns the owner of the existing database pg: the caller or, if the caller is
// root, another user, because PostgreSQL refuses to run as root.
func ownerOf(pg string) (runas.User, error) {
	self := runas.Caller()
	fi, err := os.Stat(pg)
	if err != nil {
		return self, fmt.Errorf("%w: %w", errDataDir, err)
	}
	uid, gid := runas.Ownership(fi)
	switch {
	case self.UID == uid && uid != 0:
		return self, nil
	case self.UID != 0:
		return self, fmt.Errorf("%w: %s belongs to user %d, and this is user %d: run as user %[3]d, or choose another DATA_DIR",
			errDataDir, pg, uid, self.UID)
	case uid == 0:
		return self, fmt.Errorf("%w: %s belongs to root, and PostgreSQL refuses to run as root: change its owner (chown -R postgres)",
			errDataDir, pg)
	}
	return runas.User{UID: uid, GID: gid, Drop: true}, nil
}

// newOwner returns the owner of a new database.
func newOwner() (runas.User, error) {
	user, err := runas.Unprivileged()
	if err != nil {
		return user, fmt.Errorf("%w: %w", errDataDir, err)
	}
	return user, nil
}
