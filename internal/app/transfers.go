package app

import (
	"slices"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
	"zhiqing/internal/purpose"
)

// portable is what may be transferred to another company: what the person agreed to, or what a contract with them needs
// (网络数据安全管理条例 art. 25(2)). The rest is named in the package as left out.
func portable(all []holding.File) []holding.File {
	bases := []string{string(purpose.Consent), string(purpose.Contract)}
	var files []holding.File
	var left []holding.Kept
	for _, f := range all {
		if slices.Contains(bases, f.LegalBasis) {
			files = append(files, f)
			continue
		}
		left = append(left, holding.Kept{What: f.Name, Reason: f.LegalBasis, Article: portability})
	}
	if len(files) > 0 {
		files[0].Excluded = append(slices.Clone(files[0].Excluded), left...)
	}
	return files
}

var portability = fault.Text{
	ZH: "《网络数据安全管理条例》第二十五条第二项", EN: "Network Data Security Regulations art. 25(2)",
}
