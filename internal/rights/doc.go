// Package rights is where a person exercises their rights and sees it done.
//
// It owns requests: their numbers, states, deadlines and timelines; what the system does by itself at once (access, copy,
// explain, restrict, withdraw all, delete, cancel the account); what staff decide; complaints; export packages and their
// delivery. It refuses to know what is kept about people: every keeper answers for itself (package holding). Deadlines are
// counted by package workday, packages built by package export, accounts closed by package guardian.
//
// A request is one document with a plan of idempotent steps. The worker claims it for a minute in one compare-and-swap, runs
// the next step, and notes that it is done; after a crash another worker goes on. A step that cannot be undone is noted before
// it begins, too, so nobody cancels what is already under way. A step that fails is tried again with back-off and stays
// visible: a request is never shown as done before the stores have been looked at again (认定方法 §6.4). What a request leaves
// behind when it is over (a pause to let go, a package to delete) is the worker's as well, so no crash loses it.
//
// Of an export and an erasure exactly one wins: the erasure. It destroys first, then ends every export that was lodged before,
// waiting for one that is being built at that moment; one that is lodged later finds the account closed, or the data gone.
//
// Asking twice for the same, however close together, is one request: a slot per asker and ask holds its number (once.go).
//
// What a person writes is sealed under their own data key, so it is unreadable once the account is erased; what stays is the
// pseudonymous record that the law wants kept (PIPL art. 69).
//
// Law: PIPL art. 44–50; 网络数据安全管理条例 art. 23–25; 未成年人网络保护条例 art. 33–34; 认定方法 §6; GB/T 35273 8.5–8.7.
// States carry the DPV terms for request status. Start at request.go and moves.go, then Desk.Lodge, Desk.Work and steps.go.
package rights
