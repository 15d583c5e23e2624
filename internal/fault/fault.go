// Package fault names the ways in which a request can fail, once for the whole program.
//
// It owns the kinds of failure and the sentence that a person may read, in Chinese and English. It refuses to know
// HTTP: status codes and problem documents (RFC 9457) belong to internal/web, the only place that translates a kind.
// An error without a kind is Internal, and its text never leaves the process.
//
// Start at Define: a capability declares each of its failures once, as a package variable, and adds what is particular
// (fields, a delay, a cause) with the With methods, which copy.
package fault

import (
	"errors"
	"time"
)

// Kind says what sort of failure it is and so what the caller can do about it.
type Kind uint8

// The kinds. Hidden looks the same as Missing from outside: it says "not yours" without saying "it exists".
const (
	Internal        Kind = iota // a defect or an unexpected state; the cause is logged, never shown
	Invalid                     // the input breaks a rule; Fields name where
	Unauthenticated             // no valid proof of who is asking
	Forbidden                   // known, but not allowed
	Hidden                      // exists, but not for this caller
	Missing                     // does not exist
	Conflict                    // the state has moved on; read again and decide again
	Stale                       // what the caller saw is no longer what is stored, and the caller made that a condition
	Unconditional               // the caller has not said which version it means to replace
	Gone                        // existed, and has ended for good
	TooMany                     // over a limit; Retry says when to come back
	TooLarge                    // over a size limit
	Unavailable                 // a dependency does not answer; nothing was changed, or the retry is safe
)

// Text is one sentence in the two languages that the product speaks.
type Text struct{ ZH, EN string }

// In returns the English sentence for lang "en" and the Chinese one otherwise.
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.ZH
}

// Field names one wrong input. Path is where it is (`body.decisions[0].purpose`); Text says what is expected.
// The rejected value is never kept: it may be personal data.
type Field struct {
	Path string
	Text Text
}

// Fault is an error that may be shown: a kind, a stable code, a sentence, and a cause that stays inside.
type Fault struct {
	Kind   Kind
	Code   string // stable, dotted, documented: `consent.notice_outdated`
	Text   Text
	Fields []Field
	Retry  time.Duration  // for TooMany and Unavailable: when trying again makes sense; 0 = unknown
	Extra  map[string]any // members added to the problem document; must be safe to show
	cause  error
}

// Define declares a failure. Call it for package variables; zh and en must be safe to show to anyone.
func Define(kind Kind, code, zh, en string) *Fault {
	return &Fault{Kind: kind, Code: code, Text: Text{zh, en}}
}

// Error is for logs: code and English sentence. It never holds the cause's text.
func (f *Fault) Error() string { return f.Code + ": " + f.Text.EN }

// Unwrap gives the cause, for errors.Is and errors.As.
func (f *Fault) Unwrap() error { return f.cause }

// Is makes every copy of a defined fault match its definition.
func (f *Fault) Is(target error) bool {
	t, ok := target.(*Fault)
	return ok && t.Code == f.Code
}

// Because returns a copy with a cause. The cause is for the operator's log and is never shown.
func (f *Fault) Because(err error) *Fault { c := *f; c.cause = err; return &c }

// At returns a copy that also names a wrong field.
func (f *Fault) At(path, zh, en string) *Fault {
	c := *f
	c.Fields = append(append([]Field(nil), f.Fields...), Field{path, Text{zh, en}})
	return &c
}

// After returns a copy that says when to try again.
func (f *Fault) After(d time.Duration) *Fault { c := *f; c.Retry = d; return &c }

// With returns a copy with one more public member for the problem document.
func (f *Fault) With(name string, value any) *Fault {
	c := *f
	c.Extra = make(map[string]any, len(f.Extra)+1)
	for k, v := range f.Extra {
		c.Extra[k] = v
	}
	c.Extra[name] = value
	return &c
}

// KindOf returns the kind of the first Fault in err's chain, or Internal.
func KindOf(err error) Kind {
	var f *Fault
	if errors.As(err, &f) {
		return f.Kind
	}
	return Internal
}
