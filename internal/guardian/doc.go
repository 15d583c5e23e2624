// Package guardian is the link by which an adult consents for a minor.
//
// It owns the age question, the life of a minor's account (the table below), invitations, the verification of the adult,
// the adult's decision and its end, several guardians, disputes, and the birthdays at 14 and 18. It refuses to hold
// personal data of a guardian: a link names a pseudonym, a relation and the blind index of a verified number. Consent entries
// belong to package consent, which this package asks through Consents; profile fields to package profile.
//
// Everything about a minor's guardianships lies in the minor's own document (subject.Minority), so that "the first claim
// wins", "one consents and nobody refuses" and "the data is gone" are each one compare-and-swap. What has to be written
// elsewhere is noted in the same swap (subject.Todo, subject.Erasure) and carried out by whoever comes next: the request
// itself, a later request, or the sweep. The clock works the same way: Settle moves an account on whenever somebody looks
// at it, and the sweep looks when a timer is due, so a missed night never prolongs a guardian's power.
//
// Each event, where it leads and from where; what is not listed is refused. TestTheTableInTheDocumentationIsTheCode keeps it true.
//
//	TABLE
//
// Law: PIPL art. 28, 31; 未成年人网络保护条例 art. 24, 31–38; 儿童个人信息网络保护规定 art. 8–20; 民法典 art. 17–20, 27, 31;
// numbers are policy data (config/policy/minors.yaml). No law prescribes how a guardian is verified: the default is control
// of a phone number that no minor uses, which shows a separate adult subscriber and nothing more; see AdultCheck.
//
// Start at machine.go, then Desk.Decide.
package guardian
