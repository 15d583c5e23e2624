// Package job runs what recurs: sweeps, reviews, work that a request has left for later.
//
// It owns every goroutine that does so, the timer of each job, and who of several servers runs it: a job runs only while
// its lease (internal/lease) is held, the lease is renewed while it runs, and the run's context ends when the lease is
// lost. A job that concerns this process alone, such as reading a file again, is Everywhere and needs no lease. A panic is
// an error of that run; a failed run is tried again with a growing pause; the commands that run a job once use the same
// code (RunOnce).
//
// Spread is for a job that has thousands of things to do: several at once, and the run waits for all of them.
//
// It refuses to know what a job does, and to make it happen exactly once: a server may die in the middle, so every job may
// be run again from any point.
//
// Start at New.
package job
