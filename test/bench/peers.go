package main

import (
	"context"
	"fmt"
	"slices"

	"gatehouse/test/bench/peer"
)

// programs parses the values of -peer. Its errors wrap errUsage.
func programs(given []string) (list []peer.Program, err error) {
	for _, text := range given {
		p, err := peer.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", err, errUsage)
		}
		if slices.ContainsFunc(list, func(other peer.Program) bool { return other.Name == p.Name }) {
			return nil, fmt.Errorf("-peer names %s twice: %w", p.Name, errUsage)
		}
		list = append(list, p)
	}
	return list, nil
}

// startPeers runs other projects' servers on the database, with an account for each connection.
func (s *testbed) startPeers(ctx context.Context, programs []peer.Program, connections int) error {
	for _, p := range programs {
		running, err := peer.Start(ctx, p, s.dir, s.database.dsn, connections)
		if err != nil {
			return err
		}
		s.peers = append(s.peers, running)
	}
	return nil
}

// contestants returns those of a trial, and the peers that have something like it.
func (b *bench) contestants(ctx context.Context, t trial) ([]contestant, error) {
	all, err := t.prepare(ctx, b)
	if err != nil {
		return nil, err
	}
	for _, p := range b.peers {
		connections := b.connections
		if t.name == "login" {
			connections = 1
		}
		path, from, err := p.Trial(ctx, t.name, connections)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		if path != "" {
			all = append(all, b.closedLoop(p.Name, p.Process, path, from, connections))
		}
	}
	return all, nil
}
