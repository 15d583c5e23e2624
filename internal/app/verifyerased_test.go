package app_test

import (
	"strings"
	"testing"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/subject"
)

func TestVerifyNamesAnErasedPersonOfWhomSomethingIsLeft(t *testing.T) {
	p := apptest.Start(t, "")
	c := closeAccount(p, "mum")
	_, err := p.App.Subjects.Change(t.Context(), c.id, func(s *subject.Subject) error {
		s.Key = []byte("a key that came back")
		s.SetField(subject.Field{Name: "nickname", Sealed: []byte("sealed"), Purpose: "account.service", Source: "person"})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Stop()
	report, err := app.Verify(t.Context(), p.Config)
	if err != nil || report.Sound() || len(report.Breaks) != 1 {
		t.Fatalf("%v %v", report.Breaks, err)
	}
	for _, said := range []string{c.id, "erased", "key", "fields"} {
		if !strings.Contains(report.Breaks[0], said) {
			t.Errorf("%q does not say %s", report.Breaks[0], said)
		}
	}
}
