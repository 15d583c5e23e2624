package config

import (
	"slices"
	"strings"
)

// Problem is one thing wrong with the configuration.
type Problem struct {
	Key   string // `server.addr`; empty when the whole file is meant
	Where string // `zhiqing.yaml:12`, `ZHIQING_SERVER_ADDR`, `default`; empty when nobody knows
	Want  string // what is expected; never the value found, which may be a secret in the wrong place
}

// String is one line for an operator: where, key, what is expected.
func (p Problem) String() string {
	parts := slices.DeleteFunc([]string{p.Where, p.Key, p.Want}, func(s string) bool { return s == "" })
	return strings.Join(slices.Compact(parts), ": ")
}

// Problems is everything wrong at once, so that an operator repairs it in one go. It is an error when it is not empty.
type Problems []Problem

// Error lists one problem a line.
func (ps Problems) Error() string {
	lines := make([]string, 0, len(ps)+1)
	lines = append(lines, "the configuration does not hold:")
	for _, p := range ps {
		lines = append(lines, "  "+p.String())
	}
	return strings.Join(lines, "\n")
}

func (ps *Problems) add(key, where, want string) { *ps = append(*ps, Problem{key, where, want}) }

// has reports whether a problem with key is noted already.
func (ps Problems) has(key string) bool {
	return slices.ContainsFunc(ps, func(p Problem) bool { return p.Key == key })
}

// err is nil for no problems, so that callers never meet a non-nil error that holds nothing.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}
