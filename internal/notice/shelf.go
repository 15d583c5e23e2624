package notice

import (
	"maps"
	"slices"
	"time"
)

// Shelf answers from memory which texts are published and in force. It never changes after Open, so every method may be
// called by many goroutines without a lock; only the clock moves, and a version announced for later becomes current by
// itself when its time comes.
type Shelf struct {
	now      func() time.Time
	lines    map[string]map[string][]Notice // kind → language → versions, oldest first
	byDigest map[string]*Notice
}

// newShelf takes notices ordered by compare.
func newShelf(notices []Notice, now func() time.Time) *Shelf {
	s := &Shelf{now: now, lines: make(map[string]map[string][]Notice), byDigest: make(map[string]*Notice, len(notices))}
	for i := range notices {
		n := &notices[i]
		if s.lines[n.Kind] == nil {
			s.lines[n.Kind] = make(map[string][]Notice, len(languages))
		}
		s.lines[n.Kind][n.Language] = append(s.lines[n.Kind][n.Language], *n)
		s.byDigest[n.SHA256] = n
	}
	return s
}

// line is one kind's versions in lang, or in Chinese where lang is not spoken.
func (s *Shelf) line(kind, lang string) []Notice {
	byLanguage := s.lines[kind]
	if line, ok := byLanguage[lang]; ok {
		return line
	}
	return byLanguage[Chinese]
}

// inForce is the part of a line, oldest first, that has taken effect.
func inForce(line []Notice, now time.Time) []Notice {
	for len(line) > 0 && line[len(line)-1].EffectiveAt.After(now) {
		line = line[:len(line)-1]
	}
	return line
}

// Current returns the version of a kind that is in force now, or ErrUnknown while there is none.
func (s *Shelf) Current(kind, lang string) (Notice, error) {
	line := inForce(s.line(kind, lang), s.now())
	if len(line) == 0 {
		return Notice{}, ErrUnknown
	}
	return line[len(line)-1], nil
}

// Get returns one version, in force or not, or ErrUnknown.
func (s *Shelf) Get(kind, version, lang string) (Notice, error) {
	line := s.line(kind, lang)
	if i := position(line, version); i >= 0 {
		return line[i], nil
	}
	return Notice{}, ErrUnknown
}

func position(line []Notice, version string) int {
	for i := range line {
		if line[i].Version == version {
			return i
		}
	}
	return -1
}

// Versions lists a kind newest first, with those announced for later; nil for an unknown kind. The slice is the caller's.
func (s *Shelf) Versions(kind, lang string) []Notice {
	line := slices.Clone(s.line(kind, lang))
	slices.Reverse(line)
	return line
}

// ByDigest returns the notice whose text has this SHA-256 (lower-case hex), or ErrUnknown. PIPL 17 asks that rules can be
// consulted and saved; this is how a person finds the words that an old receipt names.
func (s *Shelf) ByDigest(sha256 string) (Notice, error) {
	if n, ok := s.byDigest[sha256]; ok {
		return *n, nil
	}
	return Notice{}, ErrUnknown
}

// Kinds lists the kinds that have a published version, in order of name.
func (s *Shelf) Kinds() []string { return slices.Sorted(maps.Keys(s.lines)) }

// Superseded reports whether a consent to purpose, given under this version, has been overtaken: a later version that is
// in force is material and touches the purpose (PIPL 14(2)). by is the first such version, in Chinese; its EffectiveAt is
// the moment from which the consent no longer counts. A kind or version that was never published proves nothing, so the
// answer is yes (default deny) with whatever is current as by, or the zero Notice. It neither locks nor allocates.
func (s *Shelf) Superseded(kind, version, purpose string) (by Notice, yes bool) {
	line := inForce(s.line(kind, Chinese), s.now())
	at := position(line, version)
	if at < 0 {
		return s.unproven(kind, version, line)
	}
	for i := at + 1; i < len(line); i++ {
		if line[i].touches(purpose) {
			return line[i], true
		}
	}
	return Notice{}, false
}

// unproven answers for a version that is not in force: one announced for later is not overtaken, an unknown one is.
func (s *Shelf) unproven(kind, version string, line []Notice) (Notice, bool) {
	switch {
	case position(s.line(kind, Chinese), version) >= 0:
		return Notice{}, false
	case len(line) == 0:
		return Notice{}, true
	default:
		return line[len(line)-1], true
	}
}
