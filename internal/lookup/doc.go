// Package lookup finds one person's record for staff: the reason first, the audit before the data, masks over it.
//
// It owns the search by an exact number, the look-up that a search opens for one officer, what of a record staff may see and
// under which mask, and what the person sees of all that. It refuses to list or to browse people, to search for parts of
// anything, and to show anything that is not in the audit chain yet: if the row cannot be written, nothing is shown.
// Who may do it, quotas, second officers and fresh proofs of identity are package staff's; the chain is package audit's; the
// pages are internal/console's.
//
// What it promises:
//   - A wrong check symbol is told before anything is searched. A search that finds nobody counts and is written down too.
//   - A look-up opens one record, for one officer, for 30 minutes. Permissions are looked at again at each view.
//   - A minor's record shows nothing but that it is one until another officer has approved (未成年人网络保护条例 art. 36).
//   - The person sees each look in the access log at once: when, which role, why, which fields; never who.
//
// Law: PIPL art. 6, 44, 51(4), 54; 未成年人网络保护条例 art. 36; requirements.md A-L10.1, A-L48.4.
// Start at Desk.Find, then Desk.Record.
package lookup
