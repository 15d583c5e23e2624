// Package tally keeps the counts behind the console's overview, so that reading them is never a scan of what they count.
//
// It owns counters: one document per (metric, China day or month), which holds a number per key. A key is a code (a purpose,
// a state, a reason), never an id: nothing here is about a person. It refuses to hand out a small number: what leaves this
// package is a Shown, in which counts from 1 to 9 are hidden, and a total beside hidden counts too, unless at least two are
// hidden and nothing follows from it about any of them (hide.go). No page can forget that. What it does not hide is what
// happened between two readings of a page.
//
// Three kinds of writers:
//
//   - Add puts a count into a bounded buffer in memory, which Flush writes out every few seconds and at Close. Each
//     server's flush carries a mark, kept in the document it changes, so one that took effect and then failed is not
//     counted twice. A crash loses the seconds of counting that were not flushed, and nothing else.
//   - Recount, once a night, counts the truth in pages, as it was at the last midnight in China, and replaces the figures
//     of the days before and the levels they lead to. From then on those are exact, whatever was lost, and closed: what a
//     slow server still has for them is already in the truth. Logins and guests leave nothing behind to be counted again.
//   - Look counts, every minute or so, what is few beside all people: open requests and minors' accounts.
//
// Other packages tell what happens through hooks of their own; internal/app plugs them in. Start at Desk.Overview.
package tally
