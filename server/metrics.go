package server

import (
	"context"

	"gatehouse/auth/password"
	"gatehouse/graph"
	"gatehouse/observe"
	"gatehouse/store/counts"
)

// observe serves metrics if the settings ask for them, until background ends.
// It returns what the API reports to: the metrics and the traces.
func (srv *Server) observe(background context.Context, hasher *password.Hasher, counted *counts.Counts) (graph.Observer, error) {
	var o graph.Observer
	if address := srv.deployment.Settings.MetricsAddr; address != "" {
		m := observe.NewMetrics()
		srv.measure(m, hasher, counted)
		if err := m.Serve(background, address, srv.deployment.Log); err != nil {
			return o, err
		}
		o, srv.metrics = m.Observer(), m
	}
	if srv.traces != nil {
		o.Began = srv.traces.Began
	}
	return o, nil
}

// measure adds the values that are read at each scrape.
func (srv *Server) measure(m *observe.Metrics, hasher *password.Hasher, counted *counts.Counts) {
	pool := srv.deployment.Store.Pool
	m.Gauge("gatehouse_revocation_lag_seconds", "How long ago this replica last knew of every committed change.",
		func() float64 { return srv.changes.Lag().Seconds() })
	m.Gauge("gatehouse_hearing",
		"1 while this replica receives changes; 0 while it checks every access token against the database.",
		func() float64 { return flag(srv.inSync()) })
	m.Gauge("gatehouse_clock_skew_seconds", "How far the clock of this machine is ahead of the database's.",
		func() float64 { return srv.deployment.clock.Skew().Seconds() })
	m.Gauge("gatehouse_pool_open", "Connections to the database.",
		func() float64 { return float64(pool().Open) })
	m.Gauge("gatehouse_pool_busy", "Connections to the database in use.",
		func() float64 { return float64(pool().Busy) })
	m.Counter("gatehouse_pool_waits_total", "Requests that had to wait for a connection.",
		func() float64 { return float64(pool().Waits) })
	m.Counter("gatehouse_pool_wait_seconds_total", "How long requests waited for a connection.",
		func() float64 { return pool().Waiting.Seconds() })
	m.Gauge("gatehouse_requests_in_flight", "Places that requests to the API take, of MAX_REQUESTS_IN_FLIGHT.",
		func() float64 { return float64(srv.inFlight.Taken()) })
	m.Counter("gatehouse_requests_shed_total", "Requests to the API that were turned away for want of a place.",
		func() float64 { return float64(srv.inFlight.Shed()) })
	m.Gauge("gatehouse_connections", "Connections of clients, of MAX_CONNECTIONS.",
		func() float64 { return float64(srv.connections.Open()) })
	m.Counter("gatehouse_connections_refused_total", "Connections of clients that were over the limit.",
		func() float64 { return float64(srv.connections.Refused()) })
	m.Counter("gatehouse_log_lines_lost_total", "Lines of the log that were lost because it was not read, or could not be written.",
		func() float64 { return float64(srv.linesLost()) })
	m.Gauge("gatehouse_counting_together", "1 while replicas count attempts together, in Redis; 0 while each counts for itself.",
		func() float64 { return flag(counted != nil && counted.Shared()) })
	if srv.outbox != nil {
		srv.measureMail(m)
	}
	m.Gauge("gatehouse_hashes_working", "Passwords being hashed.",
		func() float64 { n, _ := hasher.Load(); return float64(n) })
	m.Gauge("gatehouse_hashes_waiting", "Passwords that wait to be hashed.",
		func() float64 { _, n := hasher.Load(); return float64(n) })
}

// measureMail adds the values of the outbox. Those that wait are the same at each replica.
func (srv *Server) measureMail(m *observe.Metrics) {
	m.Gauge("gatehouse_mails_waiting", "Mails that wait to be sent, by any replica; -1 if the database does not answer.",
		func() float64 { n, _ := srv.waiting(); return n })
	m.Gauge("gatehouse_mail_wait_seconds", "How long the oldest mail has waited; -1 if the database does not answer.",
		func() float64 { _, seconds := srv.waiting(); return seconds })
	m.Counter("gatehouse_mails_sent_total", "Mails that this replica sent.",
		func() float64 { n, _, _ := srv.outbox.Counts(); return float64(n) })
	m.Counter("gatehouse_mails_dropped_total", "Mails that were of no use when they were to be sent, as to an address without an account.",
		func() float64 { _, n, _ := srv.outbox.Counts(); return float64(n) })
	m.Counter("gatehouse_mails_failed_total", "Mails that this replica gave up.",
		func() float64 { _, _, n := srv.outbox.Counts(); return float64(n) })
}

// linesLost returns how many lines of the log were lost.
func (srv *Server) linesLost() int64 {
	if srv.process.logLost == nil {
		return 0
	}
	return srv.process.logLost()
}

// flag is 1 for true, and 0 for false.
func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
