package embedded

import "syscall"

// dieWithUs has the kernel shut the server down when the thread that started it ends, also by a kill -9.
// Elsewhere a server that was left behind is stopped by the next start.
func dieWithUs(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGINT }

// room is what a throw-away server may need, in bytes: 40 MB when fresh, then every test's database.
const room = 1 << 30

// memoryDir is a folder held in memory, or "" where there is none with room.
func memoryDir() string {
	const dir = "/dev/shm"
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil || st.Bavail*uint64(st.Bsize) < room {
		return ""
	}
	return dir
}
