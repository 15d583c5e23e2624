package audit

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"zhiqing/internal/ledger"
	"zhiqing/internal/store"
)

// A pack is the log of a period for an auditor, as lines of JSON: what it is, each row as it was hashed, figures, and a
// signature over every byte before it. It can be checked with nothing but the operator's published keys (CheckPack).

// PackFormat names the form of a pack.
const PackFormat = "zhiqing.audit/1"

// TypPack is the type in the header of the signature.
const TypPack = "zhiqing-audit+jwt"

// never is 9999-12-31T23:59:59Z: the signature does not end.
const never = 253402300799

// Signer signs claims; ledger.Keyset is one.
type Signer interface {
	Sign(use, typ string, claims any) (string, error)
}

type packHead struct {
	Format    string    `json:"format"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"` // exclusive
	Generated time.Time `json:"generated_at"`
	First     int64     `json:"first"` // number of the first row; 0 = there is none
	Prev      string    `json:"prev"`  // hash of the row before the first, hex
}

type packLine struct {
	Row     json.RawMessage `json:"row,omitempty"`
	Hash    string          `json:"hash,omitempty"`
	Figures json.RawMessage `json:"figures,omitempty"`
	Seal    string          `json:"seal,omitempty"`
}

type packSeal struct {
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	Format   string `json:"format"`
	SHA256   string `json:"sha256"` // of every byte before the seal
	Rows     int64  `json:"rows"`
	Head     string `json:"head"` // hash of the last row, hex
}

// ErrMany says that a period has more rows than the caller wants in one pack.
var ErrMany = errors.New("audit: more rows than fit into this pack")

// ErrBroken says that the chain does not hold within the period: it is not packed, because a signature would cover it up.
var ErrBroken = errors.New("audit: the chain is broken")

// Pack writes the rows of a period (to is exclusive), with figures (nil = none) beside them, and returns how many rows.
// most bounds them; 0 = no bound. That a pack was made is a row of the log itself, written by the caller first.
// Errors: ErrMany, ErrBroken, those of w and the store.
func (l *Log) Pack(ctx context.Context, w io.Writer, from, to time.Time, figures any, most int64, s Signer) (rows int64, err error) {
	first, last, err := l.between(ctx, from, to)
	if err != nil {
		return 0, err
	}
	if most > 0 && first > 0 && last-first >= most {
		return 0, ErrMany
	}
	p := packer{sum: sha256.New(), out: w}
	if rows, err = l.packRows(ctx, &p, first, last, packHead{Format: PackFormat, From: from, To: to, Generated: l.now()}); err != nil {
		return rows, err
	}
	if figures != nil {
		raw, err := json.Marshal(figures)
		if err != nil {
			return rows, err
		}
		if err := p.line(packLine{Figures: raw}); err != nil {
			return rows, err
		}
	}
	seal := packSeal{l.now().Unix(), never, PackFormat, hex.EncodeToString(p.sum.Sum(nil)), rows, hex.EncodeToString(p.head)}
	jws, err := s.Sign(ledger.UseReceipt, TypPack, seal)
	if err != nil {
		return rows, err
	}
	return rows, p.line(packLine{Seal: jws})
}

// between finds the numbers of the first and the last row of a period; zeros when it has none.
func (l *Log) between(ctx context.Context, from, to time.Time) (first, last int64, err error) {
	for _, end := range []struct {
		desc bool
		seq  *int64
	}{{false, &first}, {true, &last}} {
		found, _, err := l.rows.Find(ctx, byTime, store.Range{From: store.Key(from), To: store.Key(to), Desc: end.desc, Limit: 1})
		if err != nil || len(found) == 0 {
			return 0, 0, err
		}
		r, err := parse(found[0].Value.Bytes)
		if err != nil {
			return 0, 0, fmt.Errorf("%w at row %s", ErrBroken, found[0].ID)
		}
		*end.seq = r.Seq
	}
	return first, last, nil
}

func (l *Log) packRows(ctx context.Context, p *packer, first, last int64, head packHead) (rows int64, err error) {
	if first == 0 {
		return 0, p.line(head)
	}
	head.First = first
	page := store.Range{From: rowID(first), To: rowID(last + 1), Limit: store.MaxLimit}
	for seq := first; ; {
		found, next, err := l.rows.Find(ctx, store.ByID, page)
		if err != nil {
			return rows, err
		}
		for _, f := range found {
			if seq == first {
				p.head, head.Prev = f.Value.Prev, hex.EncodeToString(f.Value.Prev)
				if err := p.line(head); err != nil {
					return rows, err
				}
			}
			if why := f.Value.wrong(f.ID, seq, p.head); why != "" {
				return rows, fmt.Errorf("%w at row %s: %s", ErrBroken, f.ID, why)
			}
			if err := p.line(packLine{Row: f.Value.Bytes, Hash: hex.EncodeToString(f.Value.Hash)}); err != nil {
				return rows, err
			}
			p.head, seq, rows = f.Value.Hash, seq+1, rows+1
		}
		if next == "" {
			return rows, nil
		}
		page.After = next
	}
}

// packer writes lines and sums them up.
type packer struct {
	out  io.Writer
	sum  hash.Hash
	head []byte
}

// line writes v as one line. A row keeps the bytes that were hashed: what escapes &, < and > would change them.
func (p *packer) line(v any) error {
	e := json.NewEncoder(io.MultiWriter(p.sum, p.out))
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// Packed is what a sound pack says.
type Packed struct {
	From, To, Generated time.Time
	First, Rows         int64
	Head                string
}

// ErrPack says that a file is no pack, or not the one that was signed. Its text names the first line that is wrong.
var ErrPack = errors.New("audit: not a sound pack")

// longestLine bounds a line of a pack.
const longestLine = 1 << 20

// CheckPack verifies a pack with no server: the signature by one of keys, and each row's hash upon the row before. Nothing in
// the file goes unsigned: the last line is the signature and nothing else. Error: ErrPack.
func CheckPack(r io.Reader, keys *ledger.Verifier) (Packed, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), longestLine)
	sum := sha256.New()
	var head packHead
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &head) != nil || head.Format != PackFormat {
		return Packed{}, fmt.Errorf("%w: line 1: not a %s", ErrPack, PackFormat)
	}
	prev, err := hex.DecodeString(head.Prev)
	if err != nil {
		return Packed{}, fmt.Errorf("%w: line 1: no hash", ErrPack)
	}
	p := Packed{From: head.From, To: head.To, Generated: head.Generated, First: head.First}
	for n := 2; ; n++ {
		sum.Write(append(lines.Bytes(), '\n'))
		var line packLine
		if !lines.Scan() || json.Unmarshal(lines.Bytes(), &line) != nil {
			return p, fmt.Errorf("%w: line %d: it ends without a seal", ErrPack, n)
		}
		switch {
		case line.Seal != "":
			var seal packSeal
			p.Head = hex.EncodeToString(prev)
			if keys.Verify(ledger.UseReceipt, TypPack, line.Seal, time.Unix(0, 0), &seal) != nil || seal.Format != PackFormat ||
				seal.SHA256 != hex.EncodeToString(sum.Sum(nil)) || seal.Rows != p.Rows || seal.Head != p.Head ||
				lines.Text() != `{"seal":"`+line.Seal+`"}` || lines.Scan() || lines.Err() != nil {
				return p, fmt.Errorf("%w: line %d: the seal is of something else", ErrPack, n)
			}
			return p, nil
		case len(line.Row) > 0:
			row, err := parse(line.Row)
			hash := chain(prev, line.Row)
			if err != nil || row.Seq != head.First+p.Rows || hex.EncodeToString(hash) != line.Hash {
				return p, fmt.Errorf("%w: line %d: row %d does not follow", ErrPack, n, head.First+p.Rows)
			}
			prev, p.Rows = hash, p.Rows+1
		}
	}
}
