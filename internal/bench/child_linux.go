package bench

import "syscall"

// dieWithParent has the kernel end a child with us, even when we are killed.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
