package rights_test

import (
	"errors"
	"strings"
	"testing"

	"zhiqing/internal/rights"
)

func TestStaffFindARequestByItsWholeNumberOnly(t *testing.T) {
	s := open(t)
	lodged := s.lodge(rights.Lodged{Requester: s.person("a"), Type: rights.Correct, Language: "zh-CN"})
	if r, err := s.ByNumber(t.Context(), strings.ToLower(lodged.Number)); err != nil || r.Number != lodged.Number || r.Subject != lodged.Subject {
		t.Errorf("%+v %v", r, err)
	}
	for _, bad := range []string{"", "RQ-", "RQ-0000-0001", "PN-0000-0000", "RQ-0000-0000"} {
		if r, err := s.ByNumber(t.Context(), bad); !errors.Is(err, rights.ErrUnknown) || r.Number != "" {
			t.Errorf("%q: %+v %v", bad, r, err)
		}
	}
}
