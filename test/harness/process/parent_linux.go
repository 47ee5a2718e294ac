package process

import "syscall"

// endWithParent has the kernel kill the process when the thread that started
// it ends, as happens when a test is killed.
func endWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
