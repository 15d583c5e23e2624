// Package holding is the list of everything that is kept about a person, so that access, export, restriction and erasure
// miss nothing.
//
// It owns the contract that every keeper of personal data fulfils, and the registry that internal/app assembles. It refuses
// to know any keeper: each capability implements Holder beside its records. A test fails when a collection that is declared
// personal has no holder, so nobody can add a table that erasure forgets.
//
// Law: PIPL art. 45–47; 未成年人网络保护条例 art. 33 (kinds and quantity); 认定方法 §6.4 (shown as done means done).
//
// Start at Holder.
package holding

import (
	"context"
	"slices"
	"time"

	"zhiqing/internal/fault"
)

// Holder keeps personal data of subjects. Every method may be called again after a crash and by several processes at once.
type Holder interface {
	// Name says who it is, in plans and logs: a short code, such as profile.
	Name() string
	// Collections are those that it answers for.
	Collections() []string
	// Describe tells what is kept about a subject: kinds and quantities, why, from where, until when. No values.
	Describe(ctx context.Context, subject string) ([]Kind, error)
	// Export gives what is kept, in files that another system can read. Other people's data is left out or masked.
	Export(ctx context.Context, subject string) ([]File, error)
	// Erase destroys what is kept about a subject, except what the law wants kept, which it restricts and names. Idempotent.
	Erase(ctx context.Context, subject string) ([]Kept, error)
	// Remains looks at the store itself and lists what of the subject could still be read: the proof that an erasure was
	// real. Empty when nothing is left but what Erase has named.
	Remains(ctx context.Context, subject string) ([]string, error)
}

// Kind is one kind of data that is kept about a subject.
type Kind struct {
	Code     string     // the data item's code in the purposes catalogue
	Title    fault.Text // for people
	Count    int        // how many values or records
	Purposes []string   // codes
	Source   string     // person, wechat, system, staff, guardian
	Until    time.Time  // zero = as long as the purpose lasts
}

// File is one part of an export package (requirements.md E2).
type File struct {
	Name       string     // without folder and extension: profile
	Title      fault.Text // for people
	Records    []any      // values of JSON: maps, slices, strings, json numbers, bools
	Schema     []byte     // JSON Schema 2020-12 of one record
	Columns    []string   // for a CSV beside the JSON; nil = none
	Purposes   []string   // codes
	LegalBasis string     // of the first purpose
	Excluded   []Kept     // what is kept and not exported, with the reason
}

// Kept is what an erasure leaves, restricted, or an export leaves out, and why.
type Kept struct {
	What    string     // category code
	Reason  string     // code: legal_duty, third_party_rights, evidence
	Article fault.Text // the law behind it
	Until   time.Time  // zero = not known in advance
}

// Registry is all holders, in the order in which they erase.
type Registry []Holder

// Collections lists everything that some holder answers for, sorted.
func (r Registry) Collections() []string {
	var list []string
	for _, h := range r {
		list = append(list, h.Collections()...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
