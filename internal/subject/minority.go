package subject

import "time"

// Minority is what is kept about a minor's guardianships: all of them in one place, so that "one consents and nobody
// refuses" is decided in one compare-and-swap. The words for State and the moves between them are package guardian's; here
// they are only stored. It holds no name, phone number or document of a guardian, and adults are named by subject id.
type Minority struct {
	State       string       `bson:"state"`
	Since       time.Time    `bson:"since"`
	Due         time.Time    `bson:"due,omitempty"`   // when the clock moves it next; zero = never
	Until       time.Time    `bson:"until,omitempty"` // when the guardians' consent runs out
	Links       []Link       `bson:"links,omitempty"`
	Invitations []Invitation `bson:"invitations,omitempty"`
	Todo        *Todo        `bson:"todo,omitempty"` // an act that is recorded and not yet carried out
}

// Link is one adult's guardianship over the minor.
type Link struct {
	ID         string    `bson:"id"` // gdn_…
	Guardian   string    `bson:"guardian"`
	State      string    `bson:"state"`
	Relation   string    `bson:"relation,omitempty"`
	Document   string    `bson:"document,omitempty"` // reference of an official document, for relations that need one
	Verify     string    `bson:"verify,omitempty"`   // how the adult was verified
	Phone      string    `bson:"phone,omitempty"`    // blind index of the verified number; the number is not kept
	Notice     string    `bson:"notice"`             // version of the children's notice that was shown
	ClaimedAt  time.Time `bson:"claimed"`
	VerifiedAt time.Time `bson:"verified,omitempty"`
	DecidedAt  time.Time `bson:"decided,omitempty"`
	EndedAt    time.Time `bson:"ended,omitempty"`
	Acts       int64     `bson:"acts"` // decisions so far; makes each act's key unique
}

// Invitation is one call for a guardian. Token and pairing code derive from the id and a secret, so neither is stored.
type Invitation struct {
	ID        string    `bson:"id"`    // inv_…
	Token     string    `bson:"token"` // keyed hash
	State     string    `bson:"state"`
	Tries     int       `bson:"tries"` // wrong pairing codes so far
	Notice    string    `bson:"notice"`
	CreatedAt time.Time `bson:"created"`
	ExpiresAt time.Time `bson:"expires"`
	EndedAt   time.Time `bson:"ended,omitempty"`
	Link      string    `bson:"link,omitempty"` // that claimed it
}

// Todo is an act on a link that is recorded and whose entries are still to be written to the consent book. It is carried
// out by whoever comes next: the request itself, a later one, or the sweep.
type Todo struct {
	Act      string    `bson:"act"`
	Link     string    `bson:"link,omitempty"`
	Key      string    `bson:"key"` // the same act is recorded once
	Purposes []string  `bson:"purposes,omitempty"`
	Notice   string    `bson:"notice,omitempty"`
	Language string    `bson:"language,omitempty"`
	Method   string    `bson:"method,omitempty"`
	At       time.Time `bson:"at"`
}

// Erasure is what stays of a subject that is over: no personal data, but the proof that it is gone.
type Erasure struct {
	Reason    string    `bson:"reason"`
	At        time.Time `bson:"at"`                  // when the data key was destroyed
	KeyDigest string    `bson:"key"`                 // SHA-256 of the wrapped key that was destroyed
	Fields    []string  `bson:"fields"`              // names of what was erased
	Identity  string    `bson:"identity,omitempty"`  // the link that is still to be deleted; empty afterwards
	Links     []string  `bson:"links,omitempty"`     // guardianships that may fetch the proof: gdn_…
	Guardians []string  `bson:"guardians,omitempty"` // who held them, until ForgetAt
	ForgetAt  time.Time `bson:"forget,omitempty"`    // when Guardians and Session are dropped
	Session   string    `bson:"session,omitempty"`   // that asked for it, and may fetch the proof until PartsAt
	Minor     bool      `bson:"minor,omitempty"`     // a minor was declared here: the marker of the identity stays
	Proof     string    `bson:"proof,omitempty"`     // the signed proof, once everything is done
}

// partingFor is how long the session that asked for the erasure may fetch what it was told to fetch.
const partingFor = 24 * time.Hour

// PartsAt is when the session that asked for the erasure ends.
func (e *Erasure) PartsAt() time.Time { return e.At.Add(partingFor) }
