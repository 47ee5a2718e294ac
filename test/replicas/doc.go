// Package replicas has only tests: of what the service promises when several
// of its processes share one database, under races, faults and kills. Tests
// that start replicas in their own process are in inprocess.
package replicas
