package rights

import (
	"slices"
	"time"
)

// move applies an event to a request; ErrNotNow when it has no place there.
func (r *Request) move(e event, at time.Time, by string) error {
	to, ok := moves[r.State][e]
	if !ok {
		return ErrNotNow
	}
	r.State = to
	r.happened(at, string(e), by)
	if to.Over() {
		r.Next = time.Time{}
		if r.leaves() {
			r.Next = at
		}
	}
	return nil
}

// leaves reports whether something is left to do for the system when a request is over: what an objection paused is let go
// or kept stopped, what a cancelled request has caused is taken back.
func (r *Request) leaves() bool {
	switch r.Type {
	case Object:
		return true
	case Restrict, Copy:
		return r.State != Fulfilled
	case Transfer:
		return r.State != Refused
	}
	return false
}

// maxTimeline bounds a timeline: a step that fails for weeks is told by its first and newest tries.
const maxTimeline = 60

func (r *Request) happened(at time.Time, what, by string) {
	if len(r.Timeline) >= maxTimeline {
		r.Timeline = slices.Delete(r.Timeline, maxTimeline/2, maxTimeline/2+1)
	}
	r.Timeline = append(r.Timeline, Happening{At: at, What: what, By: by})
}

// begun reports whether a step that cannot be undone has been taken, or may be under way.
func (r *Request) begun() bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool { return !s.Begun.IsZero() })
}
