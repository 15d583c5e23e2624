// Package register ties every statement of the privacy policy to what the system does about it and to the tests that
// prove it.
//
// It owns the policy register (config/policy/statements.yaml), one row per statement, the duties of the law that stand in none
// (B3-36), and what regulators cite most (F-1 to F-15), and the table that `zhiqing policy coverage` prints. Package register/prove is the other end: a test names the row that it proves, and
// fails when it proves nothing. A test of this package compares both ends over the whole tree, so a row cannot claim a
// test that is not there, and no statement can fall out of the register.
//
// It refuses to judge: whether an assertion really proves a sentence, its reader sees, who finds both names in one place.
// The statements stand in the operator's policy; their meaning as behaviour is decided by the capabilities.
//
// Start at Row, then Load.
package register
