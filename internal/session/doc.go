// Package session lets people in: as guests, or through WeChat.
//
// It owns sessions, refresh tokens and their rotation, access tokens and the verdict on them, step-up, and the fall-back
// to guest mode when WeChat does not answer. It refuses to know who a person is (package subject) and what they agreed to
// (package consent).
//
// A guest session is nobody: it makes no call to WeChat, and its document holds an id, times and whether a login was
// refused, nothing else. When it ends, it is deleted together with the guest's consent book.
//
// Refresh tokens are derived, not stored: a token is a family (128 random bits), a generation and a MAC over both. So a
// forged one is refused before the database is asked, and a database dump holds nothing that opens a session. Using an
// old generation means that two parties hold the family: it ends (RFC 9700 §4.14.2). A client that lost the answer to a
// refresh may repeat it with the same Idempotency-Key and gets the same tokens.
//
// A WeChat login's family is derived from its one-time code, which makes a repeated login with one code (a double tap,
// a lost answer) the same session for 60 s, without another document.
//
// Law: seed policy L24 (guest mode), PIPL art. 16; 网络数据安全管理条例 art. 22(5) (no nagging after a refusal).
// Start at Desk.StartGuest and Desk.StartWeChat.
package session
