// Package report takes what somebody without an account tells us: that a minor's data is here, or a complaint.
//
// It owns reports: their numbers, sealed texts, deadlines and states; the pause that a report on a minor's data brings to an
// account while it is checked; and the way out of that pause, which the person holds in their own hands. It refuses to say
// whether a privacy number exists: every report is answered with a number, after the same work. It refuses to lock anybody
// out: only optional purposes pause, at most once in 30 days, and a birth date ends the pause at once. What pausing means
// belongs to the Accounts that internal/app plugs in; the age question, and what follows from its answer, to package
// guardian; what people are told, to package message.
//
// A report is stored first and acted upon by Work, so a request does the same whatever it names, and a crash loses nothing.
//
// Law: requirements.md A-L55.3; PIPL art. 31, 65; 儿童个人信息网络保护规定 art. 22; 认定方法 §6.6 (15 working days).
// Start at report.go, then Desk.Lodge and Desk.Work.
package report
