package postgres

import (
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// Outdated reports whether a statement failed because the database changed under it,
// so that the same statement may work at once if it is prepared again, or its
// transaction if it runs again. That happens when a newer release changes the type of a
// column while this one runs, and when something between us and the server drops
// prepared statements. The server has done nothing of what failed.
func Outdated(err error) bool {
	answer := pq.As(err)
	if answer == nil {
		return false
	}
	switch answer.Code {
	case pqerror.FeatureNotSupported, // cached plan must not change result type
		pqerror.InvalidSQLStatementName,                            // the prepared statement does not exist
		pqerror.InternalError,                                      // the cache still has the old column, or table
		pqerror.TRDeadlockDetected, pqerror.TRSerializationFailure: // of a transaction and the change
		return true
	case pqerror.InsufficientPrivilege:
		return false
	}
	// A statement that was prepared when a column had another type has parameters of that
	// type, which the new one can't be compared with.
	return answer.Code.Class() == "42"
}
