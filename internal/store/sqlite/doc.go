// Package sqlite is the embedded engine of the store: one file, one writing process, nothing to install.
//
// It owns durability on this machine: a nil error means that the change survives kill -9 and power loss (WAL with
// synchronous=FULL, both read back at open). One goroutine writes; the writes that arrive while it commits form the next
// group and share its fsync, each with an outcome of its own. A group that cannot commit fails as a whole and leaves
// nothing behind. Reads run beside it on connections of their own and never wait for it. So does the copying of the
// write-ahead log into the file, which no commit waits for.
//
// It refuses a second writing process on one file (an operating system lock on `<path>.lock`), and it refuses to run
// when a pragma that the promises rest on did not take. Deleted content is overwritten (secure_delete); what is
// left of it in the log goes with Trim, which the program calls each minute. It does not know what the documents mean;
// distribution over machines is store/mongo's.
//
// Start at Open; then writer.go for the groups, write.go for what one write does, read.go for the other side,
// checkpoint.go for the log.
package sqlite
