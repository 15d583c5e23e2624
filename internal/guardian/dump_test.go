package guardian_test

import (
	"maps"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// raw is an account's document as an intruder would read it.
func (s *stage) raw(id string) string {
	s.t.Helper()
	d, err := s.engine.Get(s.t.Context(), "subjects", id)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(d.Body)
}

// paths collects the keys of a document, nested ones with dots.
func paths(t *testing.T, prefix string, doc bson.Raw, into map[string]bool) {
	t.Helper()
	elements, err := doc.Elements()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range elements {
		path := prefix + e.Key()
		if sub, ok := e.Value().DocumentOK(); ok {
			paths(t, path+".", sub, into)
		} else if list, ok := e.Value().ArrayOK(); ok {
			values, err := list.Values()
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				if sub, ok := v.DocumentOK(); ok {
					paths(t, path+".", sub, into)
				} else {
					into[path] = true
				}
			}
		} else {
			into[path] = true
		}
	}
}

func (s *stage) paths(id string) []string {
	s.t.Helper()
	into := map[string]bool{}
	paths(s.t, "", bson.Raw(s.raw(id)), into)
	return slices.Sorted(maps.Keys(into))
}

// What requirements.md C2 lets an account hold while nobody has consented.
var (
	pending = []string{
		"id", "number", "state", "band", "changes", "declared", "created", "rev", // the account and its age band
		"key", "openid", "unionid", "union", // sealed, or a keyed hash
		"minority.state", "minority.since", "minority.due",
	}
	invited = append(slices.Clone(pending), "minority.invitations.id", "minority.invitations.token", "minority.invitations.state",
		"minority.invitations.tries", "minority.invitations.notice", "minority.invitations.created", "minority.invitations.expires")
	reviewing = append(slices.Clone(invited), "minority.invitations.ended", "minority.invitations.link",
		"minority.links.id", "minority.links.guardian", "minority.links.state", "minority.links.notice", "minority.links.claimed", "minority.links.acts")
	verified   = append(slices.Clone(reviewing), "minority.links.verify", "minority.links.phone", "minority.links.verified")
	erasedKeys = []string{
		"id", "number", "state", "band", "created", "rev",
		"erasure.reason", "erasure.at", "erasure.key", "erasure.fields", "erasure.links", "erasure.guardians", "erasure.forget", "erasure.minor", "erasure.proof",
	}
)

func (s *stage) holdsOnly(id string, allowed []string) {
	s.t.Helper()
	for _, path := range s.paths(id) {
		if !slices.Contains(allowed, path) {
			s.t.Errorf("the document holds %s", path)
		}
	}
}

func TestAPendingMinorsDocumentHoldsOnlyWhatItMay(t *testing.T) {
	s := open(t)
	kid, mum := s.person("kid"), s.aged("mum", 40)
	s.field(kid, "nickname", "小石头")
	kid = s.aged("kid", 12)
	s.holdsOnly(kid, pending)
	i := s.invited(kid)
	s.holdsOnly(kid, invited)
	link, err := s.Claim(t.Context(), mum, i.Token, i.PairingCode)
	if err != nil {
		t.Fatal(err)
	}
	s.holdsOnly(kid, reviewing)
	if err := s.verify(mum, link, "13800000001"); err != nil {
		t.Fatal(err)
	}
	s.holdsOnly(kid, verified)
	s.later(s.rules.Review) // nobody decided: what the guardian gave is gone at once
	s.settled(kid)
	s.holdsOnly(kid, append(slices.Clone(reviewing), "minority.links.ended", "minority.links.verify", "minority.links.verified"))
	s.later(s.rules.Kept)
	s.sweep()
	s.erased(kid) // and its seven days are over too
	s.holdsOnly(kid, erasedKeys)
}
