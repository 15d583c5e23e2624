package sqlite

// EagerLog has the log copied after nearly every commit, so that every test meets it.
func EagerLog() Option { return func(s *settings) { s.log = logBounds{long: 8, few: 2, most: 64} } }
