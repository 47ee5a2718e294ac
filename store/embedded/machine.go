package embedded

import "gatehouse/store/embedded/programs"

// A machine is what this computer offers to the launcher.
type machine struct {
	programs.Machine
	bases []string // where pg may move to if we are root; the first usable one is taken
}

func thisMachine() *machine {
	return &machine{Machine: programs.ThisMachine(), bases: []string{"/var/lib/gatehouse", "/var/db/gatehouse", "/opt/gatehouse"}}
}

// finder returns what finds the programs for this launcher's database.
func (l *launcher) finder() programs.Finder {
	return programs.Finder{Machine: l.Machine, DataDir: l.DataDir, BinDir: l.BinDir, Log: l.Log}
}
