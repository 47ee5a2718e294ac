package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// How a connector waits for a server that has no room for one more connection.
const (
	roomTimeout  = 12 * time.Second      // for how long, unless the context ends before
	roomPause    = 50 * time.Millisecond // between two attempts, at first
	roomMaxPause = 500 * time.Millisecond
	roomRetry    = 2 * time.Second // after which a pool may try to grow again
)

// A waitingConnector waits while the server has no room for one more connection.
// Its pool, if it has any connection, shrinks to those it has: then a request
// gets the next one that is free, in its turn.
type waitingConnector struct {
	driver.Connector
	pool    *sql.DB // nil: the connections are not pooled
	size    int     // of the pool
	opening atomic.Int64
}

// Connect connects to the server.
func (c *waitingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	c.opening.Add(1)
	defer c.opening.Add(-1)
	ctx, cancel := context.WithTimeout(ctx, roomTimeout)
	defer cancel()
	for pause := roomPause; ; pause = min(2*pause, roomMaxPause) {
		conn, err := c.Connector.Connect(ctx)
		if err == nil || !full(err) {
			return conn, err
		}
		if c.shrink() {
			return nil, driver.ErrBadConn // database/sql tries again, and finds the pool full
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
		}
	}
}

// shrink limits the pool to the connections that are open. It returns false if
// none is.
func (c *waitingConnector) shrink() bool {
	if c.pool == nil {
		return false
	}
	open := c.pool.Stats().OpenConnections - int(c.opening.Load())
	if open < 1 {
		return false
	}
	c.pool.SetMaxOpenConns(min(open, c.size))
	time.AfterFunc(roomRetry, c.grow)
	return true
}

// grow lets the pool open all of its connections again.
func (c *waitingConnector) grow() {
	c.pool.SetMaxOpenConns(c.size)
	c.pool.SetMaxIdleConns(c.size)
}

// noRoom are the words of poolers that have no room. Some send other codes than
// PostgreSQL: PgBouncer (max_client_conn), Supavisor, Odyssey.
var noRoom = regexp.MustCompile(`(?i)no more connections allowed|max client|maxclients|too many (\w+ ){0,2}connections|remaining connection slots`)

// full reports whether the server, or a pooler before it, has no room for one
// more connection.
func full(err error) bool {
	answer := new(pq.Error)
	if !errors.As(err, &answer) {
		return false
	}
	return answer.Code == pqerror.TooManyConnections || answer.Code.Class() != "28" && noRoom.MatchString(answer.Message)
}
