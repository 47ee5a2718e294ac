// Package patronitest starts a PostgreSQL that survives the loss of a server: three nodes
// under Patroni, which agree through etcd who is the primary.
//
// A node is a namespace of its own for processes and mounts, so that it can lose its
// power, its network or the space on its disk, and so that nothing is left of it when
// the test is killed.
package patronitest
