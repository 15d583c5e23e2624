// Package observe is what an operator may see of the running program: its log lines and its numbers.
//
// It owns the logger's shape, the request id that ties lines together, the safety net under every line, and the names
// and labels of the metrics. It refuses personal data: nothing here takes a subject, an address or a text of a person,
// and what slips through all the same (a phone number in an error of somebody else's library) becomes [redacted]. The
// net is the second line of defence; the first is that callers do not log such values. Who looked at whose record is
// not a log line but evidence: that is audit.
//
// Start at NewLogger and New.
package observe
