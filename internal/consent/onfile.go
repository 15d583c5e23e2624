package consent

import (
	"context"
	"encoding/hex"
	"errors"

	"zhiqing/internal/ledger"
)

// FileStatus is what the books say about a receipt.
type FileStatus string

// The answers of OnFile.
const (
	FileStands      FileStatus = "valid"      // the newest decision about this purpose
	FileSuperseded  FileStatus = "superseded" // there is a newer one, or it has run out or lost its notice since
	FileUnrecorded  FileStatus = "unrecorded" // genuine, but its book is gone: a guest's, or erased
	FileContradicts FileStatus = "contradicts"
)

// OnFile compares a verified receipt with the book it was made from.
func (d *Desk) OnFile(ctx context.Context, r ledger.Receipt) (FileStatus, error) {
	id, seq := r.Header.PIIPrincipalID, r.Integrity.Seq
	book, err := d.book(ctx, id)
	if err != nil {
		return "", err
	}
	if book.Log.Head.Seq == 0 {
		return FileUnrecorded, nil
	}
	e, _, err := d.entry(ctx, id, &book, seq)
	if errors.Is(err, ErrNoEntry) || (err == nil && hex.EncodeToString(e.Hash) != r.Integrity.Hash) {
		return FileContradicts, nil
	}
	if err != nil {
		return "", err
	}
	party := ""
	if r.PRC.Guardian != nil {
		party = r.PRC.Guardian.LinkID
	}
	s := book.standing(r.Processing.Purposes[0].PurposeCode, r.Events[0].Recipient, party)
	if s.Seq != seq || s.effective(d.o.Now(), d.o.Notices) != s.State { // the second: not yet written down
		return FileSuperseded, nil
	}
	return FileStands, nil
}
