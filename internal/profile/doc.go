// Package profile gives a person's fields their meaning: which there are, what is a valid value, and why each may be kept.
//
// It owns the table of fields (fields.go), the rule that each field rests on a purpose in force (purposes.go), and the
// erasure of a field whose last purpose is gone (reconcile.go). The fields themselves lie sealed in the person's document,
// which is package subject's: reading, writing and erasing are each one look or one compare-and-swap there. Whether a
// consent is in force belongs to package consent, asked through Consents; whether a minor may have a profile at all to
// package guardian, whose verdict stands in the account's state.
//
// It refuses a value that no purpose covers, a phone number that is not from WeChat, and any use of one field for another:
// the date for reminders is a field of its own, the birth date of the age question is not kept, and the birth date in a
// profile is told apart from both.
//
// A purpose of consent or contract is what a field is collected and kept for. A purpose that rests on a duty or an emergency
// (telling people of an incident) may use what is there, and is no reason to collect or to keep it.
//
// Law: PIPL art. 5–6 (good faith, minimum), 13 (basis), 17 (purpose and kind are told), 46 (correction), 47(1)(3) (erasure
// when consent is withdrawn), 51(3) (encryption).
//
// Start at fields.go, then Desk.Write.
package profile
