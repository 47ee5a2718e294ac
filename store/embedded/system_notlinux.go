//go:build !linux

package embedded

import "syscall"

func killWithParent(*syscall.SysProcAttr) {}

func memoryDir() string { return "" }
