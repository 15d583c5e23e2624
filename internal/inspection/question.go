package inspection

import (
	"time"

	"zhiqing/internal/fault"
)

// Question is one thing that is looked at.
type Question string

// The questions.
const (
	ConsentFirst Question = "consent_first" // is there a consent before each field that needs one? (part F 1)
	Declared     Question = "declared"      // is each field that is stored one that the inventory knows? (part F 15)
	Erased       Question = "erased"        // is what is erased gone from every store? (part F 9)
)

// Questions lists all, in the order in which they are told.
func Questions() []Question { return []Question{ConsentFirst, Declared, Erased} }

var titles = map[Question]fault.Text{
	ConsentFirst: {ZH: "每项资料收集之前都已有同意", EN: "A consent came before each field that needs one"},
	Declared:     {ZH: "库中只有登记过的数据项", EN: "Only declared fields are stored"},
	Erased:       {ZH: "已删除的帐户没有任何残留", EN: "Nothing is left of erased accounts"},
}

// Title is the question for people, as what should hold.
func (q Question) Title() fault.Text { return titles[q] }

// maxNamed is how many findings an Answer names; all are counted.
const maxNamed = 20

// Answer is what was found about one question.
type Answer struct {
	Question Question `bson:"question"`
	Looked   int64    `bson:"looked"`          // fields, documents or accounts that were looked at
	Found    int64    `bson:"found"`           // of them, what is not as it should be
	Named    []string `bson:"named,omitempty"` // the first of those: pseudonyms, collections and fields
}

// Outcome is how the last inspection went.
type Outcome struct {
	At      time.Time         `bson:"at"` // when it ended
	Answers []Answer          `bson:"answers"`
	Next    map[string]string `bson:"next,omitempty"` // by collection, the id after which the next night goes on; absent = from the start
}

// Found is how much is not as it should be, over all questions.
func (o Outcome) Found() (n int64) {
	for _, a := range o.Answers {
		n += a.Found
	}
	return n
}

func (a *Answer) looked(findings ...string) {
	a.Looked++
	a.found(findings...)
}

// found notes what is wrong with something that was looked at: one finding, with the first of its names.
func (a *Answer) found(names ...string) {
	if len(names) == 0 {
		return
	}
	a.Found++
	for _, name := range names {
		if len(a.Named) < maxNamed {
			a.Named = append(a.Named, name)
		}
	}
}
