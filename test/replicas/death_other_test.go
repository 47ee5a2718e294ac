//go:build !linux

package replicas_test

import "syscall"

func dieWithUs() *syscall.SysProcAttr { return nil }
