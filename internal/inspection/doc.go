// Package inspection looks every night whether what lies in the store is what the policy says: nothing was collected before
// its consent, nothing is kept that nobody has declared, and what is erased is gone.
//
// It owns the questions (question.go) and the last answers to them, which the console, the metrics and the log tell. Each
// question is answered from the store itself, never from what the program believes to have done. It refuses to mend: what it
// finds is either a defect of ours or somebody's hand in the store, and both are for people. It names pseudonyms, collections
// and fields, never a value.
//
// What a field rests on belongs to package profile, what an erasure leaves to those who keep data (package holding); both are
// plugged in by internal/app.
//
// Law: PIPL art. 13, 47, 51, 54 (regular audits by the operator); requirements.md part F 1, 9 and 15.
//
// Start at Desk.Inspect.
package inspection
