// Package rooms is the architecture as a test.
//
// It owns four tables, each row with its reason: the floors (floors.go: which package may import which), the fences
// (fences.go: which library or call may stand where), who may call out (egress.go) and the manners of a package (manners.go: its name, its comment, its
// state). It refuses to judge what a program means, and it refuses exceptions without a written reason.
//
// A new package is a breach until it has a row in floors.go: whoever adds it says where it lives and what for. The sources
// are parsed in this process; asking `go list` from a test gives answers that go test caches and does not see change.
//
// Start at Check.
package rooms
