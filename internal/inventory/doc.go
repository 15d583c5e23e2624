// Package inventory is the record of processing: what is kept about people, field by field, why, on what basis, how long,
// for whom, where, and how it is protected (requirements A-L50.1; PIPL art. 51(1), (2), 54, 56).
//
// It owns one table (shelves.go): every collection of the store, and of each that holds personal data every field, with the
// kind of data that it is. Everything else comes from where it is decided: kinds, purposes, bases, retention and recipients
// from the catalogue, roles from their table, safeguards from the policy register with their proofs. It refuses to guess: Make
// fails when the live schema has a collection or a field that the table does not name, when the table names one that is not
// there, when a kind of data has no purpose, and when a collection about people has nobody who exports and erases it. So who
// adds a field says what it is, or the tests fail.
//
// Start at Make.
package inventory
