package replicas_test

import "syscall"

// dieWithUs has the kernel end the process when the thread that starts it ends, as it does when a test is killed.
func dieWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
