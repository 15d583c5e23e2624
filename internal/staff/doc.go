// Package staff is the operator's people: who they are, what they may do, and that they are really there.
//
// It owns accounts, sign-in, server-side sessions, the table of roles and permissions (config/policy/roles.yaml), approvals
// by a second officer, and quotas. It refuses to show anybody's data: the console asks here whether it may, writes the audit
// row, and only then reads. It refuses cookies and pages too; those are internal/console's.
//
// What it promises:
//   - What the table does not say is denied; an unknown role or permission has nothing.
//   - An unknown name costs the same work, the same writes and the same words as a wrong password: names without an account
//     are checked against a decoy, and lock-out counts names, not accounts.
//   - An attempt is charged before it is checked, so a thousand at once get no more tries than one after another.
//   - A one-time code opens once (RFC 6238 §5.2). A session's token is drawn anew at sign-in and at step-up, and only its
//     hash is stored.
//   - A changed role, a reset and a disabled account end every session at its next request, on every server: the account
//     counts its changes, and a session knows the count that it began with.
//   - Each sign-in, failure, change and approval is a row of the audit chain before it has an effect. Where the chain cannot
//     be written, nothing happens.
//
// Officers may sign in at the operator's identity provider instead (OpenID Connect; package oidc speaks it). It proves who
// somebody is; an account here, enlisted under their address or subject before, says what they may do. An enlisted account has
// no password, and a step-up is a fresh proof there (prompt=login, max_age=0). The first subject that uses an address keeps
// it: a successor with the same address gets nothing. Addresses and subjects are stored as keyed hashes.
//
// No holding.Holder answers for these collections: staff are the operator's employees, not the subjects of the privacy
// policy. Their accounts rest on the employment contract (PIPL art. 13(2)); a person's request must not erase who looked at
// whose data (PIPL art. 54, 未成年人网络保护条例 art. 36). Of subjects they hold pseudonymous ids alone, in approvals, which
// are deleted after a month.
//
// Law: PIPL art. 51(4), (5), 52, 54; 未成年人网络保护条例 art. 36; 儿童个人信息网络保护规定 art. 8, 15.
//
// Start at Desk.SignIn, Desk.StartOIDC and Desk.Allow.
package staff
