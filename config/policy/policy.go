// Package policy is the operator's policy as data, built into the program: what is processed and why, who receives it,
// what people are told, and which test proves each sentence of the privacy policy.
//
// An operator who needs another policy copies this folder, changes the files, and names the copy in `policy.dir`; `zhiqing
// policy check` says what is wrong with it. A notice that has been published is never edited: write a new version beside
// it. Purposes may be edited: every definition that somebody agreed to stays on record.
//
//	purposes.yaml      why data is processed: basis, consent kind, items, retention (internal/purpose)
//	recipients.yaml    who receives data (internal/purpose)
//	transfers.yaml     companies to which people may transfer their data (internal/rights)
//	minors.yaml        ages, time limits and relations for minors and guardians, each with its law (internal/guardian)
//	roles.yaml         what staff may do, and what needs a second officer (internal/staff)
//	retention.yaml     how long a category is kept for a purpose, where that differs or the law is to be named (internal/retention)
//	calendar/          days off and make-up working days, one file per year from the State Council's notice (internal/workday)
//	notices/           the texts, one folder per kind (internal/notice)
//	statements.yaml    the privacy policy, sentence by sentence, with the tests that prove it (internal/register)
package policy

import "embed"

// FS holds the files of this folder.
//
//go:embed *.yaml calendar notices
var FS embed.FS
