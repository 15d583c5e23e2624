package subject

import (
	"slices"
	"strings"
	"time"

	"zhiqing/internal/fault"
)

// State is where a subject's account stands (design.md §3).
type State string

// The states of a subject. A profile can be written only while Active; while Restricted it is stored and nothing else.
const (
	Active          State = "active"
	PendingGuardian State = "pending_guardian"
	Restricted      State = "restricted"
	Closing         State = "closing" // its data is destroyed; what follows from that is under way
	Erased          State = "erased"
)

// Over reports whether the account has ended: nobody can act with it any more.
func (s State) Over() bool { return s == Closing || s == Erased }

// Band is an age band; "" means that the person has not been asked. Purposes that need an age stay closed then.
type Band string

// The bands of requirements.md part C1.
const (
	Unasked Band = ""
	Under14 Band = "under_14"
	From14  Band = "14_17"
	Adult   Band = "adult"
)

// Minor reports whether the band is known to be below 18.
func (b Band) Minor() bool { return b == Under14 || b == From14 }

// Subject is a person known by a WeChat identity, as stored.
type Subject struct {
	ID            string    `bson:"id"`
	PrivacyNumber string    `bson:"number"`
	State         State     `bson:"state"`
	Band          Band      `bson:"band"`              // as of the last change; Register.BandOf says what counts now
	ChangesOn     time.Time `bson:"changes,omitempty"` // the instant at which the band ends; zero for adults and the unasked
	DeclaredAt    time.Time `bson:"declared,omitempty"`
	AgeRetry      []byte    `bson:"age_retry,omitempty"` // hash of the Idempotency-Key of the declaration
	CreatedAt     time.Time `bson:"created"`

	Key     []byte  `bson:"key,omitempty"`     // wrapped data key; gone once the subject is erased
	OpenID  []byte  `bson:"openid,omitempty"`  // sealed
	UnionID []byte  `bson:"unionid,omitempty"` // sealed
	Union   string  `bson:"union,omitempty"`   // blind index of the unionid: are two subjects one WeChat user?
	Fields  []Field `bson:"fields,omitempty"`  // the profile, sorted by name
	Rev     int64   `bson:"rev"`               // of the profile: +1 at each change of Fields

	Pauses   []Pause   `bson:"pauses,omitempty"`   // processing that the person has stopped
	Holds    []Hold    `bson:"holds,omitempty"`    // legal holds over this document
	Minority *Minority `bson:"minority,omitempty"` // of a minor, and while turning 18
	Erasure  *Erasure  `bson:"erasure,omitempty"`  // of one that is over
}

// Field is one profile value with what made it lawful to keep (PIPL art. 13, 17).
type Field struct {
	Name    string    `bson:"name"`
	Sealed  []byte    `bson:"sealed"`
	Index   string    `bson:"index,omitempty"` // blind index, where exact search is needed
	Purpose string    `bson:"purpose"`         // under which it was collected
	Source  string    `bson:"source"`          // person, wechat, guardian, staff
	At      time.Time `bson:"at"`
}

func byName(f Field, name string) int { return strings.Compare(f.Name, name) }

// Field returns the stored field of this name.
func (s *Subject) Field(name string) (Field, bool) {
	i, found := slices.BinarySearchFunc(s.Fields, name, byName)
	if !found {
		return Field{}, false
	}
	return s.Fields[i], true
}

// SetField stores a field in its place and moves Rev.
func (s *Subject) SetField(f Field) {
	i, found := slices.BinarySearchFunc(s.Fields, f.Name, byName)
	if found {
		s.Fields[i] = f
	} else {
		s.Fields = slices.Insert(s.Fields, i, f)
	}
	s.Rev++
}

// DropFields removes the fields that over says are over, but for those that a legal hold keeps, moves Rev if there were any,
// and returns their names.
func (s *Subject) DropFields(over func(Field) bool) []string {
	var gone []string
	s.Fields = slices.DeleteFunc(s.Fields, func(f Field) bool {
		if s.Held(f.Name) || !over(f) {
			return false
		}
		gone = append(gone, f.Name)
		return true
	})
	if len(gone) > 0 {
		s.Rev++
	}
	return gone
}

// The ways in which a subject cannot be had.
var (
	ErrUnknown = fault.Define(fault.Missing, "subject.unknown", "没有找到这个帐号。", "There is no such account.")
	ErrOver    = fault.Define(fault.Gone, "subject.closed", "这个帐号已经注销，资料已经删除。", "This account has been closed and its data deleted.")
)
