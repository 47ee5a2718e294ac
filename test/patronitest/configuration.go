//go:build linux

package patronitest

import "path/filepath"

// object is an object of Patroni's configuration.
type object = map[string]any

// configuration is Patroni's for one node. docs/high-availability.md explains what
// matters of it.
func (c *Cluster) configuration(n *Node) object {
	seconds := int(c.options.TTL.Seconds())
	return object{
		"scope":   "gatehouse",
		"name":    n.name,
		"restapi": object{"listen": n.rest, "connect_address": n.rest},
		"etcd3":   object{"hosts": []string{n.etcd.address}, "use_proxies": true}, // the proxy is what is cut
		"bootstrap": object{
			"dcs": object{
				"ttl": seconds, "loop_wait": max(1, seconds/10), "retry_timeout": max(2, seconds*2/5),
				"maximum_lag_on_failover": 1 << 20,
				"primary_start_timeout":   0, // a primary that has crashed is replaced
				"synchronous_mode":        !c.options.Asynchronous,
				"postgresql":              object{"use_pg_rewind": true, "parameters": parameters()},
			},
			"initdb": []any{object{"encoding": "UTF8"}, object{"locale": "C.UTF-8"}, "data-checksums", "no-sync", object{"wal-segsize": "4"}},
		},
		"postgresql": object{
			"listen": n.address, "connect_address": n.peers.address,
			"data_dir": filepath.Join(n.disk(), "data"), "bin_dir": n.bin, "pgpass": filepath.Join(n.disk(), "pgpass"),
			"pg_hba": []string{"local all all trust", "host all all 127.0.0.1/32 scram-sha-256", "host replication all 127.0.0.1/32 scram-sha-256"},
			"authentication": object{
				"superuser":   object{"username": superuser, "password": password},
				"replication": object{"username": "replicator", "password": password},
				"rewind":      object{"username": "rewinder", "password": password},
			},
			"parameters": object{"unix_socket_directories": n.disk()},
			"remove_data_directory_on_diverged_timelines": true,
			"remove_data_directory_on_rewind_failure":     true,
		},
	}
}

// parameters are those of PostgreSQL on all nodes.
func parameters() object {
	return object{
		"max_connections": 120, "shared_buffers": "32MB", "max_wal_size": "64MB", "min_wal_size": "16MB", "wal_keep_size": "64MB",
		"max_replication_slots": 6, "max_wal_senders": 8, "wal_log_hints": "on", "hot_standby": "on",
		"checkpoint_timeout": "30s", "log_checkpoints": "off", "wal_receiver_timeout": "6s", "wal_sender_timeout": "6s",
		"wal_retrieve_retry_interval": "500ms", "jit": "off", "restart_after_crash": "off", "autovacuum_naptime": "1min",
	}
}
