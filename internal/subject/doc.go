// Package subject keeps the persons behind WeChat identities: one document each.
//
// It owns the way from a WeChat identity to an opaque subject id, the account's state and age band, the privacy number
// that the person reads out to support, the data key under which everything personal in the document is sealed, and the
// destruction of that key. The document is the aggregate of a person: profile fields and, for a minor, the guardianship lie
// in it, so that each change of an account is one compare-and-swap. What the fields mean is package profile's, how a
// guardianship moves is package guardian's; both change the document through Register.Change.
//
// It refuses plaintext: an openid, a unionid and every profile value are sealed (package vault) with their place as
// associated data; where something must be found again, a keyed blind index stands beside it. The link from an identity to
// its subject is a keyed hash, and deleting it breaks the link for good, so a returning person is a new subject. Guests are
// not subjects: they belong to package session.
//
// Law: PIPL art. 4 and 73 (an identifier such as an openid is personal information; a keyed hash is de-identification, not
// anonymisation), art. 47 (erasure), art. 51(3) (encryption).
//
// Start at Subject, then Register.ForIdentity and Register.Change.
package subject
