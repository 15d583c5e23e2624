package rights

import "slices"

// ByStaff reports whether staff end the request by Desk.Decide; the system does the others alone.
func (r Request) ByStaff() bool { return !r.bySystem() }

// Handled reports whether an officer (stf_…) has had a hand in a request; of a complaint, in what it is about as it was then.
func (r Request) Handled(officer string) bool {
	return officer != "" && (r.Handler == officer || slices.Contains(r.Hands, officer))
}

// OwnLetter reports whether an officer typed in a letter upon which the system acts without anybody's decision. Somebody else
// verifies who wrote it: nobody alone has a person's data erased or told.
func (r Request) OwnLetter(officer string) bool {
	return r.bySystem() && r.LodgedBy != "" && r.LodgedBy == officer
}

// handedTo notes whose it is now.
func (r *Request) handedTo(officer string) {
	if r.Handler = officer; officer != "" && !slices.Contains(r.Hands, officer) {
		r.Hands = append(r.Hands, officer)
	}
}
