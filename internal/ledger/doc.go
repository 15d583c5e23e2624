// Package ledger keeps the proof: chains of entries that cannot be changed unseen, the keys that sign, and receipts
// that anyone can check without trusting us.
//
// It owns four things. The chain: entries of canonical bytes, each hashed over the one before, in a book and its full
// pages (chain.go, verify.go). The statement: what one consent entry says, in pseudonyms and codes only (statement.go).
// The keyset: the signing keys and the root from which other secrets derive (keyset.go, jwks.go, token.go). The
// receipt: a statement under the field names of ISO/IEC TS 27560, signed, verifiable offline, readable by its holder
// (receipt.go, receiptcheck.go, render.go).
//
// It refuses to read files, to know the time, to draw random numbers by itself, to decide what may be consented to
// (internal/consent) and to encrypt anything (internal/vault).
//
// Start at Log.Append, then Statement, then Keyset.SignReceipt.
package ledger
