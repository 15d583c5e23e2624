// Package casework is what staff do to requests, complaints, disputes, reports and ages: allowed first, written into the
// audit, then done.
//
// It owns the queue as staff see it, what to do next with a case and who may do it, the answers that are offered as words,
// and the order of things: permission, approval, the form of what was entered, the audit row, and only then the capability's
// own method. If the row cannot be written, nothing is shown and nothing happens. A row whose act then fails is followed by
// one that says so. It refuses to know how a request is carried out (package rights), a dispute ended or an age corrected
// (package guardian), a report acted upon (package report), or what a page looks like (internal/console).
//
// What it promises:
//   - Lists hold numbers, types and dates; no name, no text that a person wrote, no subject's id.
//   - One rule for minors: their case opens, and is decided, only with another officer's approval for that person, whatever
//     the officer's role (未成年人网络保护条例 art. 36). Without it a case shows what the list shows.
//   - Of two officers at once one wins; the other gets ErrMoved and finds the result.
//   - A complaint is decided by somebody who never had a hand in what it is about (认定方法 §6(5)).
//   - Nobody alone has the system act upon a letter: who typed it in does not vouch for its writer.
//   - Numbers are not tried out: a miss counts as a look-up and is a row; an opened case counts, too.
//   - Of evidence for an age only its kind and reference are written down, in the audit; no copy (requirements A-L14.1).
//   - Every call reads a bounded number of documents.
//
// Law: PIPL art. 46, 50, 51(4), 54, 65; 未成年人网络保护条例 art. 36; 民法典 art. 31; requirements part H.
// Start at case.go, then Desk.Queue, Desk.Open and Desk.Decide.
package casework
