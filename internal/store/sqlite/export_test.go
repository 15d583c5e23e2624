package sqlite

import "time"

// EagerLog has the log copied and cut all the time, so that every test meets it.
func EagerLog() Option {
	return func(s *settings) {
		s.log = logBounds{pages: 8, few: 2, most: 64, look: time.Millisecond, life: 20 * time.Millisecond, again: time.Millisecond}
	}
}
