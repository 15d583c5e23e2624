// Package lease lets one of several servers do something: whoever holds the lease of a name does it, until a time.
//
// It owns the collection leases, one document per name, and three acts on it, each a compare-and-swap: take a free lease,
// renew one's own, give it back. Every taking draws the next fencing number, so that a holder who was away too long finds
// out at its next act, whatever its clock says. A document is never deleted: its number only grows.
//
// It refuses to run anything or to wait; that is internal/job. Servers' clocks may differ by less than Life allows: a
// lease decides who works, never who is right. What the work writes is safe by its own compare-and-swap.
//
// Start at Open.
package lease
