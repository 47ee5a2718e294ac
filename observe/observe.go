// Package observe watches the service: metrics for Prometheus, and traces for a
// collector of OpenTelemetry.
package observe
