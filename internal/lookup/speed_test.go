package lookup_test

import (
	"testing"

	"zhiqing/internal/audit"
	"zhiqing/internal/consent"
	"zhiqing/internal/staff"
)

// BenchmarkFromANumberToARecord is a look-up and its first view beside other people's rows; each costs durable writes.
func BenchmarkFromANumberToARecord(b *testing.B) {
	s := set(b)
	in, p := s.officer("sup", staff.Support), s.person("a", "nickname", `"王小明"`)
	for range 20 {
		s.decide(p, "analytics.usage", consent.Grant)
		s.decide(p, "analytics.usage", consent.Withdraw)
	}
	for range 5_000 {
		_, err := s.audit.Append(b.Context(), audit.Row{Actor: "stf_other", Role: "support", Action: "staff.viewed", Subject: "sub_other"})
		s.must(err)
	}
	for b.Loop() {
		l, err := s.Find(b.Context(), in, why(p.PrivacyNumber))
		s.must(err)
		_, err = s.Record(b.Context(), in, l.ID, "zh-CN")
		s.must(err)
		s.clock.pass(staff.ApprovalLife * 2)
	}
}
