package profile

import (
	"context"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/guardian"
	"zhiqing/internal/purpose"
	"zhiqing/internal/subject"
	"zhiqing/internal/wechat"
)

// Profile is what a person's document shows of itself.
type Profile struct {
	Rev    int64   // moves by one with each change; what a conditional write names
	Fields []Value // sorted by name; only those that a purpose covers now
}

// Value is one field with what makes it lawful to keep.
type Value struct {
	Name     string
	Value    any       // a string; for contact_preferences a map[string]any of booleans
	Purpose  string    // under which it was collected or, if that one is lost, the first of Purposes
	Purposes []string  // all that cover it now, in the catalogue's order
	Source   string    // person or wechat
	At       time.Time // when it was last written
}

// The sources of a field.
const (
	fromPerson = "person"
	fromWeChat = "wechat"
)

// Consents says which consents are in force; package consent knows, and internal/app plugs it in.
type Consents interface {
	// Live answers for one person which purposes that need consent are in force at this moment: given, not expired, not
	// overtaken by a new notice, and with a guardian's consent where one is needed. The function may be called many times.
	// For a restricted account, which is stored and not used, what is only suspended counts as in force: it is not erased.
	Live(ctx context.Context, s *subject.Subject) (func(purpose string) bool, error)
}

// Options are what a Desk is made of. All fields are needed.
type Options struct {
	Subjects *subject.Register
	Purposes *purpose.Catalogue
	Consents Consents
	WeChat   wechat.Gateway
	Rules    guardian.Rules // which fields a minor may have, and who is an adult
	Now      func() time.Time
}

// Desk is where people read and change their profile. Safe for concurrent use, also by several processes on one store.
type Desk struct {
	o     Options
	bases map[string][]*purpose.Purpose // by field: the purposes that it may be kept for, in the catalogue's order
}

// Open prepares the desk.
func Open(o Options) *Desk { return &Desk{o: o, bases: bases(o.Purposes.All())} }

// Match is the condition of a write: whether the revision that is about to be replaced is the one that the person has seen.
// nil is no condition.
type Match func(rev int64) bool

// The ways in which a profile cannot be changed.
var (
	ErrInvalid = fault.Define(fault.Invalid, "profile.invalid", "请检查填写的资料。", "Please check what you entered.")
	ErrConsent = fault.Define(fault.Forbidden, "profile.consent_required", "保存这项资料须先同意相应的用途。", "Keeping this needs your consent to a purpose that covers it first.")
	ErrMinors  = fault.Define(fault.Forbidden, "profile.closed_to_minors", "这项资料不对未满 18 周岁的人开放。", "This is not open to people under 18.")
	ErrAge     = fault.Define(fault.Forbidden, "profile.age_required", "请先填写出生日期，再保存这项资料。", "Please answer the question for your birth date first.")
	ErrStale   = fault.Define(fault.Stale, "request.precondition_failed", "资料已在别处修改，请读取最新内容后再试。", "The profile has been changed elsewhere; please read it again, then retry.")
)
