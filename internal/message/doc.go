// Package message is how the system speaks to a person: in-app always, and by a WeChat subscribe message where the person
// has allowed one.
//
// It owns the messages that wait in a person's inbox, the permissions that the person has given to WeChat templates (one
// message per permission), and the words. It refuses personal data: a message is a kind and at most two reference numbers,
// and its text is made from a table when it is read, so neither the store nor WeChat learns what it is about. Who is told
// what, and when, is decided by the capability that calls Tell.
//
// An in-app message is the one that counts: WeChat lets a message through once per permission, and nobody has to give one
// (wechat.md 2.7). A permission is used up before the message is sent, so a crash may cost a message and never sends two.
//
// Law: PIPL art. 50 (answers to requests), 未成年人网络保护条例 art. 31 (guardians are told), 认定方法 §6 (results are told).
// Start at message.go, then Desk.Tell.
package message
