//go:build !linux

package embedded

import "syscall"

func dieWithUs(*syscall.SysProcAttr) {}

func memoryDir() string { return "" }
