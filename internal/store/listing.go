package store

// Listing collects a page as an engine reads it: one document more than asked for, or more bytes than a page has, end
// it. It is for engines; the zero value with Limit set is ready.
type Listing struct {
	Limit int

	page Page
	last Position
	size int
}

// Add takes the next document in index order, listed under key, and reports whether another one is wanted.
func (l *Listing) Add(key string, d Document) bool {
	if len(l.page.Docs) > 0 && (len(l.page.Docs) == l.Limit || l.size+len(d.Body) > PageSize) {
		l.page.Next = l.last.String()
		return false
	}
	l.page.Docs = append(l.page.Docs, d)
	l.last = Position{Key: key, ID: d.ID}
	l.size += len(d.Body)
	return true
}

// Page is what was collected, with Next set if there is more.
func (l *Listing) Page() Page { return l.page }
