package casework_test

import (
	"bytes"
	"io/fs"
	"testing"
	"testing/fstest"

	"zhiqing/config/policy"
	"zhiqing/internal/casework"
	"zhiqing/internal/staff"
)

// An operator may put four eyes on corrections of ages; then the second officer comes first.
func TestFourEyesOfTheTableCountForAges(t *testing.T) {
	s := open(t)
	text, err := fs.ReadFile(policy.FS, "roles.yaml")
	s.must(err)
	marked := bytes.Replace(text, []byte("  - code: age.correct\n"), []byte("  - code: age.correct\n    four_eyes: true\n"), 1)
	table, err := staff.LoadRoles(fstest.MapFS{"roles.yaml": {Data: marked}})
	s.must(err)
	s.restaff(table)
	first, second := s.on("first", staff.ChildDataOfficer), s.on("second", staff.ChildDataOfficer)
	kid := s.person("kid", true)
	s.wants(s.CorrectAge(t.Context(), first, kid.PrivacyNumber, aged), staff.ErrApproval)
	if len(s.world.adults)+len(s.rows("age.corrected")) > 0 {
		t.Error("it happened before the approval")
	}
	a, err := s.AskAge(t.Context(), first, kid.PrivacyNumber, aged)
	s.approve(second, a, err)
	s.must(s.CorrectAge(t.Context(), first, kid.PrivacyNumber, aged))
}

// restaff opens the desks anew under another table.
func (s *stage) restaff(table *staff.Roles) {
	s.Helper()
	var err error
	s.staffing.Roles = table
	s.staff, err = staff.Open(s.Context(), s.staffing)
	s.must(err)
	s.options.Staff = s.staff
	s.Desk, err = casework.Open(s.options)
	s.must(err)
}
