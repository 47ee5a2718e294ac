package settings

import (
	"strings"
	"time"

	"gatehouse/store/dsn"
)

// waitLimit is the longest DATABASE_WAIT.
const waitLimit = time.Hour

// checkDatabase translates DATABASE_URL into the form that the driver reads. It
// opens no connection: the database need not be up yet.
func (c *checker) checkDatabase(environment map[string]string) {
	if c.s.DatabaseWait < 0 || c.s.DatabaseWait > waitLimit {
		c.add("DATABASE_WAIT", "must be from 0s to 1h")
	}
	faults := dsn.CheckEnvironment(environment)
	c.faults = append(c.faults, faults...)
	if c.s.DatabaseURL == "" || len(faults) > 0 {
		return
	}
	text, warnings, err := dsn.Translate(c.s.DatabaseURL)
	if err != nil {
		c.addError("DATABASE_URL", err)
		c.failed["DATABASE_URL"] = true
		return
	}
	c.s.DatabaseURL = text
	if names := dsn.Completed(text, environment); len(names) > 0 {
		c.warn("DATABASE_URL is completed by %s in the environment", strings.Join(names, ", "))
	}
	for _, warning := range warnings {
		c.warn("DATABASE_URL: %s", warning)
	}
}
