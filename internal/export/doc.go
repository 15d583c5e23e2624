// Package export makes and checks the package that a person takes home: a copy of everything that is kept about them, in
// a form that people can read and other systems can import.
//
// It owns the layout (requirements.md E2): a ZIP with two pages to read, JSON with JSON Schema 2020-12, CSV where a table
// makes sense, consent receipts, what was left out and why, a manifest, checksums and a signature. The same input gives the
// same bytes. Whatever the person's data says, the pages run nothing and load nothing, and a spreadsheet computes nothing.
// Verify checks all of it offline with public keys alone, and is safe on a file from a stranger.
//
// It refuses to collect data (internal/holding and its holders give it), to decide who may have a package and for how long
// (internal/rights), to know the time, and to keep or deliver files.
//
// Law: PIPL art. 45 (copy, transfer), 网络数据安全管理条例 art. 25; the policy promises structured, commonly used,
// machine-readable.
//
// Start at Package, then Build; Verify for the way back.
package export
