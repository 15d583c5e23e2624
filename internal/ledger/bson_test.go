package ledger

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// TestAChainSurvivesStorage stores a book and its page as the collections do and verifies what comes back.
func TestAChainSurvivesStorage(t *testing.T) {
	for _, n := range []int{0, 1, 70} {
		s := build(t, n)
		s.log = restored(t, s.log)
		for number, p := range s.pages {
			s.pages[number] = restored(t, p)
		}
		s.add(t, 1)
		if head, err := Verify(testBook, s.inOrder(), s.log); err != nil || head.Seq != int64(n)+1 {
			t.Errorf("%d entries: head %d, %v", n, head.Seq, err)
		}
	}
}

func restored[T any](t *testing.T, v T) (back T) {
	t.Helper()
	b, err := bson.Marshal(v)
	if err == nil {
		err = bson.Unmarshal(b, &back)
	}
	if err != nil {
		t.Fatal(err)
	}
	return back
}
