package rights

// ByStaff reports whether staff end the request by Desk.Decide; the system does the others alone.
func (r Request) ByStaff() bool { return !r.bySystem() }
