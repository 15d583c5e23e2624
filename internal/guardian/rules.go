package guardian

import (
	"slices"
	"time"
)

// Rules are the operator's numbers about minors, each with its law (config/policy/minors.yaml). None of them can be set
// beyond what requirements.md part C allows; most can be set stricter.
type Rules struct {
	LawChildAge    int // below it a guardian must consent (PIPL art. 31): 14
	PolicyMinorAge int // below it this operator asks for a guardian: 18; 14 makes guardians optional from 14 on

	Pending      time.Duration // how long a minor without a guardian's consent is kept
	Invitation   time.Duration // how long an invitation can be claimed
	Review       time.Duration // how long a guardian who claimed may take to decide
	Kept         time.Duration // how long the hash of an ended invitation is kept
	Marker       time.Duration // how long "declared a minor" stands after a pending account went
	Regrant      time.Duration // how long after a withdrawal nobody can grant anew
	LinkCoolDown time.Duration // between two guardianships of one adult
	Reconsent    time.Duration // how long a restricted minor waits for a renewed consent
	Transition   time.Duration // how long one who turned 14 or 18 has to consent oneself
	Consent      Months        // how long a guardian's consent lives: 12 at most

	DisputeDays     int // working days for judging a dispute: 15 at most
	OpenInvitations int // per minor and day
	PairingTries    int // wrong pairing codes per invitation
	MinorsPerPhone  int // minors whose guardian has one verified number

	Relations []Relation // in the order in which they are offered
	Fields    []string   // names of the profile fields that a minor may have at all
	Sources   []Rule     // the numbers as they were written, with their law, in the order of this struct; for publication
}

// Relation is how a guardian says to be related to the minor (民法典 art. 27).
type Relation struct {
	Code          string `yaml:"code"`
	Title         Title  `yaml:"title"`
	NeedsDocument bool   `yaml:"needs_document"` // an official document's reference must be given; staff look at it
}

// Title is a name in the two languages of the product.
type Title struct {
	ZH string `yaml:"zh-CN"`
	EN string `yaml:"en"`
}

// Rule is one number with where it comes from and since when it applies.
type Rule struct {
	Key           string
	Value         string
	Law           string
	EffectiveFrom Date
}

// Months is a length of time counted on China's calendar (民法典 art. 202).
type Months int

// AddTo returns the moment at which the months that begin at t end: the corresponding day, or the last day of a month
// that has no such day.
func (m Months) AddTo(t time.Time) time.Time {
	local := t.In(china)
	year, month, day := local.Date()
	month += time.Month(m)
	last := time.Date(year, month+1, 0, 0, 0, 0, 0, china).Day()
	hour, minute, second := local.Clock()
	return time.Date(year, month, min(day, last), hour, minute, second, local.Nanosecond(), china).In(t.Location())
}

// Relation returns the relation of this code.
func (r Rules) Relation(code string) (Relation, bool) {
	i := slices.IndexFunc(r.Relations, func(r Relation) bool { return r.Code == code })
	if i < 0 {
		return Relation{}, false
	}
	return r.Relations[i], true
}

// MayHave reports whether a minor may have this profile field at all.
func (r Rules) MayHave(field string) bool { return slices.Contains(r.Fields, field) }
