package subject

import (
	"slices"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/store"
)

// Pause is processing that has stopped at the person's request: what is stored stays, and nothing else is done with it
// (PIPL art. 44). It never erases a field. Package rights says when one begins and ends; internal/app says what it covers.
type Pause struct {
	Request  string    `bson:"request"`            // the request's number; one pause each
	Purposes []string  `bson:"purposes,omitempty"` // codes of purposes or data items; none = everything optional
	Since    time.Time `bson:"since"`
}

// maxPauses bounds what one document holds; nobody has that many open requests.
const maxPauses = 100

// ErrPauses says that nothing more can be paused until an earlier request is settled.
var ErrPauses = fault.Define(fault.TooMany, "subject.too_many_pauses", "暂停处理的请求过多，请等待先前的请求办结。", "Too many requests have paused processing; please wait until one of them is settled.")

// Pause begins a request's pause; a repetition changes what it covers and not when it began. For Register.Change.
func (s *Subject) Pause(p Pause) error {
	i := slices.IndexFunc(s.Pauses, func(x Pause) bool { return x.Request == p.Request })
	switch {
	case i >= 0 && slices.Equal(s.Pauses[i].Purposes, p.Purposes):
		return store.ErrUnchanged
	case i >= 0:
		s.Pauses[i].Purposes = p.Purposes
	case len(s.Pauses) == maxPauses:
		return ErrPauses
	default:
		s.Pauses = append(s.Pauses, p)
	}
	return nil
}

// Resume ends a request's pause. For Register.Change.
func (s *Subject) Resume(request string) error {
	before := len(s.Pauses)
	s.Pauses = slices.DeleteFunc(s.Pauses, func(p Pause) bool { return p.Request == request })
	if len(s.Pauses) == before {
		return store.ErrUnchanged
	}
	return nil
}
