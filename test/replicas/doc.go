// Package replicas has only tests: of what the service promises where several processes of it share one Postgres, under races, faults and kills.
package replicas
