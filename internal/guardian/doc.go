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
//	invite             invited      ← pending, invited
//	invite             reviewing    ← reviewing
//	invite             active       ← active
//	invite             reconsent    ← reconsent
//	invite             transition14 ← transition14
//	claim              reviewing    ← invited, reviewing
//	claim              active       ← active
//	claim              reconsent    ← reconsent
//	claim              transition14 ← transition14
//	grant              active       ← reviewing, active, reconsent
//	grant              transition14 ← transition14
//	refuse             refused      ← reviewing
//	refuse             withdrawn    ← reconsent, transition14
//	withdraw           withdrawn    ← active, reconsent, disputed, transition14
//	object             disputed     ← active, reconsent, disputed, transition14
//	lapse              pending      ← reviewing
//	lapse              reconsent    ← active, reconsent
//	lapse              disputed     ← disputed
//	lapse              transition14 ← transition14
//	own_consent        active       ← transition14
//	own_consent        released     ← transition18
//	end_use            withdrawn    ← pending, invited, reviewing, active, reconsent, disputed, transition14, transition18
//	invitation_ends    pending      ← invited
//	review_ends        pending      ← reviewing
//	consent_ends       reconsent    ← active
//	turn14             pending      ← pending
//	turn14             invited      ← invited
//	turn14             reviewing    ← reviewing
//	turn14             disputed     ← disputed
//	turn14             transition14 ← active, reconsent
//	turn18             transition18 ← active, reconsent, disputed, transition14
//	turn18             released     ← pending, invited, reviewing
//	time_out           expired      ← pending, reconsent, transition14, transition18
//	resolve_for        active       ← disputed
//	resolve_against    withdrawn    ← disputed
//	correct_to_adult   released     ← pending, invited, reviewing, active, reconsent, disputed, transition14, transition18
//
// Law: PIPL art. 28, 31; 未成年人网络保护条例 art. 24, 31–38; 儿童个人信息网络保护规定 art. 8–20; 民法典 art. 17–20, 27, 31;
// numbers are policy data (config/policy/minors.yaml). No law prescribes how a guardian is verified: the default is control
// of a phone number that no minor uses, which shows a separate adult subscriber and nothing more; see AdultCheck.
//
// Start at machine.go, then Desk.Decide.
package guardian
