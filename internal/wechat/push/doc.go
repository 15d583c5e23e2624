// Package push is what WeChat tells us by itself: that a person has taken back an authorization, has deleted their WeChat
// account, or has had their nickname or avatar cleaned.
//
// It owns the receiver: two signatures in constant time, freshness, decryption, lenient reading of XML and JSON, and a
// durable note of each event, once, before WeChat is answered. It refuses plain text (whoever saw one signature could send
// it), an empty token, anything larger than 64 KiB, and to keep an openid: a note names our own account and is blanked when
// the work is done. Whose identity it is, what erasing and closing mean, is asked through small interfaces.
//
// WeChat waits five seconds, tries three times in all, and has no way to ask again (wechat.md 2.6): so an event is stored and
// answered at once, and Work does what it asks for.
//
// Law: PIPL art. 15, 47(1)(3); requirements.md part C2. Facts: wechat.md 0.7–0.9, 1.11, 2.5, 2.6.
// Start at receive.go, then Desk.Work.
package push
