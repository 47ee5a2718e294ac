package main

import "io"

type growth struct{}

func (g *growth) print(io.Writer) {}
