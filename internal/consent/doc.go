// Package consent keeps the consent book: who agreed to what, when, on which notice, and who changed their mind.
//
// It owns decisions (grant, refuse, withdraw), the states they lead to, the chained entries that prove them, the prompts
// that are left to ask, and receipts. It refuses to hold personal data: an entry names a pseudonymous book, never an
// openid, a phone number or an address. What a purpose is belongs to package purpose, what a notice says to package
// notice, how entries are chained and signed to package ledger.
//
// A book is one document: the folded state per purpose, the head of the chain, and the newest entries; full pages of
// older entries move to an immutable collection. One batch of decisions is one compare-and-swap, so all of it is there or
// none. Entries are never changed. The state is a fold of the entries and can be rebuilt from them (Fold).
//
// In a minor's book guardians speak beside the minor, each under the pseudonym of the guardianship, and each keeps a standing
// apart (Standing.Party). What counts is what they come to together: a no outweighs every yes, and from 14 the minor's own
// yes is needed too (effective.go). Who is a guardian, and for how long, is package guardian's to say.
//
// When a consent ends, the book notes it with the entry, and Options.OnEnded erases what rested on it before the request is
// answered; what fails is taken up by SweepEnded (ended.go).
//
// What happens by the clock (expiry) or by a new notice (invalidation) counts from that moment on, because every reader
// computes it; the entry that says so is written with the book's next change.
//
// Law: PIPL art. 13–16, 23, 29, 31, 47; 未成年人网络保护条例 art. 24(3); 网络数据安全管理条例 art. 22; ISO/IEC TS 27560:2023; DPV 2.3 consent status.
// Start at Desk.Decide, then Desk.DecideAsGuardian.
package consent
