package rights

// What tests look at from inside.

// Moves is the machine, for the table that proves it.
func Moves() map[State]map[string]State {
	all := map[State]map[string]State{}
	for from, by := range moves {
		all[from] = map[string]State{}
		for e, to := range by {
			all[from][string(e)] = to
		}
	}
	return all
}

// Systems says for each type whether the system does it alone.
func Systems() map[Type]bool {
	all := map[Type]bool{}
	for t, k := range kinds {
		all[t] = k.system
	}
	return all
}

// Apply moves a request from a state by an event.
func Apply(from State, e string) (State, error) {
	r := Request{State: from}
	err := r.move(event(e), r.ReceivedAt, "system")
	return r.State, err
}

// MaxTimeline bounds timelines.
const MaxTimeline = maxTimeline
