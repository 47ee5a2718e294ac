package report

// Summarize combines the rounds of a contestant, and compares each with Gatehouse's in the same
// round.
func Summarize(name string, rounds, gatehouse []Slice) Measured {
	of := func(value func(Slice) float64) Spread {
		values := make([]float64, len(rounds))
		for i, s := range rounds {
			values[i] = value(s)
		}
		return SpreadOf(values)
	}
	rate := func(s Slice) float64 { return float64(s.Requests) / s.Elapsed.Seconds() }
	m := Measured{
		Name: name, Rate: of(rate),
		P50:  of(func(s Slice) float64 { return s.P50 }),
		P99:  of(func(s Slice) float64 { return s.P99 }),
		P999: of(func(s Slice) float64 { return s.P999 }),
	}
	cpu := of(func(s Slice) float64 { return s.CPU })
	if cpu.Max > 0 {
		m.CPU = &cpu
	}
	if name == Gatehouse {
		return m
	}
	var cpus, rates []float64
	for i, s := range rounds {
		rates = append(rates, rate(gatehouse[i])/rate(s))
		if s.CPU > 0 && gatehouse[i].CPU > 0 {
			cpus = append(cpus, s.CPU/gatehouse[i].CPU)
		}
	}
	m.RateRatio = new(SpreadOf(rates))
	if len(cpus) > 0 {
		m.CPURatio = new(SpreadOf(cpus))
	}
	return m
}
