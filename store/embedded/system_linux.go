package embedded

import "syscall"

// killWithParent has the kernel shut the server down when the thread that started it ends, even by
// a kill -9. On other systems, the next start stops a server that was left running.
func killWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGINT }

// temporarySpace is the space in bytes that a temporary server may need: 40 MB when it is new, plus
// the databases of all tests.
const temporarySpace = 1 << 30

// memoryDir returns a folder in memory, or "" if none has enough space.
func memoryDir() string {
	const dir = "/dev/shm"
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil || st.Bavail*uint64(st.Bsize) < temporarySpace {
		return ""
	}
	return dir
}
