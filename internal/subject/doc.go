// Package subject knows the persons behind WeChat identities.
//
// It owns the way from a WeChat identity to an opaque subject id, the subject's state and age band, and the privacy
// number that the person reads out to support. It refuses to keep an openid or unionid: what is stored is a keyed hash,
// and deleting it breaks the link for good, so a returning person is a new subject. Guests are not subjects: they
// belong to package session.
//
// Law: PIPL art. 4 and 73 (an identifier such as an openid is personal information; a keyed hash is de-identification, not
// anonymisation, so identities are personal data too), art. 47 (erasure).
//
// Start at Register.ForIdentity.
package subject
