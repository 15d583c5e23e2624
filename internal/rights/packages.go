package rights

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// A package is kept in sealed parts, so that destroying the person's key destroys it, too, and no document grows too large.
const (
	partSize = 1 << 20 // bytes
	maxParts = 64      // 64 MiB; a larger package is a defect
)

func partID(number string, i int) string { return fmt.Sprintf("%s/%02d", number, i) }

var errLarge = errors.New("rights: an export is larger than 64 MiB")

// build makes the package and stores its parts. Repeating it overwrites them with another package of the same data.
func (d *Desk) build(ctx context.Context, r Request) (*Package, error) {
	s, err := d.o.Subjects.Find(ctx, r.Subject)
	if err != nil {
		return nil, err
	}
	data, err := d.o.Exporter.Build(ctx, r)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	made := &Package{Bytes: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), ExpiresAt: d.o.Now().Add(packageLife)}
	for ; len(data) > 0; made.Parts++ {
		if made.Parts == maxParts {
			return nil, errLarge
		}
		n := min(len(data), partSize)
		if err := d.putPart(ctx, &s, r.Number, made.Parts, data[:n]); err != nil {
			return nil, err
		}
		data = data[n:]
	}
	return made, nil
}

func (d *Desk) putPart(ctx context.Context, s *subject.Subject, number string, i int, plain []byte) error {
	id := partID(number, i)
	sealed, err := d.o.Subjects.Seal(s, sealPlace(id, "part"), plain)
	if err != nil {
		return err
	}
	_, err = d.records.parts.Upsert(ctx, id, func(p *part, _ bool) error {
		*p = part{Subject: s.ID, Sealed: sealed}
		return nil
	})
	return err
}

// Fetch gives a package to the session that asked for it, at most 3 times and within 72 hours. The count is written before
// the bytes go out, so a lost answer costs a download and nothing more. Faults: ErrUnknown, ErrNoPackage, ErrSession,
// ErrPackage.
func (d *Desk) Fetch(ctx context.Context, who, session, number string) (name string, data []byte, err error) {
	r, err := d.find(ctx, who, number)
	if err != nil {
		return "", nil, err
	}
	switch {
	case r.Type != Copy || r.State == Cancelled:
		return "", nil, ErrUnknown
	case r.Session != session:
		return "", nil, ErrSession
	}
	r, err = d.records.requests.Update(ctx, number, func(r *Request) error {
		switch p := r.Package; {
		case r.State != Fulfilled || p == nil:
			return ErrNoPackage
		case p.Gone || p.Downloads >= MaxDownloads || !d.o.Now().Before(p.ExpiresAt):
			return ErrPackage
		}
		r.Package.Downloads++
		r.happened(d.o.Now(), "downloaded", "person")
		if r.Package.Downloads == MaxDownloads {
			r.Next = d.o.Now().Add(claimFor) // the worker deletes it, after this answer has gone out
		}
		return nil
	})
	if err != nil {
		return "", nil, err
	}
	data, err = d.parts(ctx, r)
	return fmt.Sprintf("export-%s-%s.zip", r.Number, r.ReceivedAt.Format("20060102")), data, err
}

func (d *Desk) parts(ctx context.Context, r Request) ([]byte, error) {
	s, err := d.o.Subjects.Find(ctx, r.Subject)
	if err != nil {
		return nil, err
	}
	data := make([]byte, 0, r.Package.Bytes)
	for i := range r.Package.Parts {
		p, err := d.records.parts.Get(ctx, partID(r.Number, i))
		if errors.Is(err, store.ErrMissing) || len(s.Key) == 0 {
			return nil, ErrPackage
		}
		if err != nil {
			return nil, err
		}
		plain, err := d.o.Subjects.Open(&s, sealPlace(partID(r.Number, i), "part"), p.Sealed)
		if err != nil {
			return nil, err
		}
		data = append(data, plain...)
	}
	return data, nil
}

// expire deletes a package that has been fetched often enough or is past its time.
func (d *Desk) expire(ctx context.Context, r Request) error {
	if p := r.Package; p != nil && p.Downloads < MaxDownloads && d.o.Now().Before(p.ExpiresAt) {
		return nil
	}
	if err := d.dropParts(ctx, r.Number, maxParts); err != nil {
		return err
	}
	_, err := d.records.requests.Update(ctx, r.Number, func(r *Request) error {
		r.Next = time.Time{}
		if r.Package != nil {
			r.Package.Gone = true
		}
		return nil
	})
	return err
}

func (d *Desk) dropParts(ctx context.Context, number string, n int) error {
	for i := range n {
		removed, err := d.records.parts.Delete(ctx, partID(number, i), nil)
		if err != nil || !removed {
			return err
		}
	}
	return nil
}

// endExports cancels the person's open exports and deletes what was built: an erasure wins over an export that is not
// fetched yet.
func (d *Desk) endExports(ctx context.Context, erasing Request) error {
	list, _, err := d.list(ctx, bySubject, erasing.Subject, "", maxJoined)
	if err != nil {
		return err
	}
	for _, r := range list {
		if r.Type != Copy || r.State.Over() && (r.Package == nil || r.Package.Gone) {
			continue
		}
		_, err := d.records.requests.Update(ctx, r.Number, func(r *Request) error {
			if r.Package != nil {
				r.Package.Gone = true
			}
			if !r.State.Over() {
				return r.move(cancel, d.o.Now(), "system")
			}
			r.happened(d.o.Now(), "package_gone", "system")
			return nil
		})
		if err == nil {
			err = d.dropParts(ctx, r.Number, maxParts)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
