// Package disclosure is the one way by which a person's data leaves for somebody else without the person carrying it there:
// what does not pass here does not leave.
//
// It owns the ledger of what was given to whom (collection disclosures) and the two verbs that write it:
//   - Provide gives a recipient of the policy what a purpose needs, while the person lets it (PIPL art. 21, 23).
//   - Request and Release hand over what an authority demands, or what saves somebody in danger, after another officer's
//     approval (PIPL art. 13(3), (4); policy L30). No other reason exists: to prevent an economic loss is none
//     (requirements 0.1 #7), and who wants data for that goes to the police or the court.
//
// It refuses to send anything: it returns the data to whoever asked through the door. It refuses to read profiles, to weigh
// consents and to know staff; its Options say who does. Transfers that people ask for are package rights'; List shows them
// beside the rest.
//
// What it promises:
//   - Default deny: an unlisted or stopped recipient, a field that the purpose does not name, a person who has not agreed, a
//     foreign authority (PIPL art. 41): each is refused, and the refusal is in the audit.
//   - The audit row and the ledger's entry are written before the data is returned. Neither holds a value, only names.
//   - No order is released by whoever asked for it: the approval is another officer's, for this one order (A-L30.1).
//   - The person is told: at once; or, where a law wants it secret, at the end of the secrecy (PIPL art. 18(1)); or, in an
//     emergency, once an officer says that it is over, and an alarm rings when nobody does (PIPL art. 18(2)). Until then
//     nothing that the person can see mentions it, also not the access log: those rows name the order and not the person.
//   - Entries are kept for three years (网络数据安全管理条例 art. 12) and hold pseudonyms alone.
//
// Start at Desk.Provide and Desk.Request.
package disclosure
