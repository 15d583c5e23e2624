package rights

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// A package is kept in sealed parts, so that destroying the person's key destroys it, too, and no document grows too large.
const (
	partSize = 1 << 20 // bytes
	maxParts = 64      // 64 MiB; a larger package is a defect
)

// partID names a part: the request, the build, the place. Two workers may build the same package; theirs never mix.
func partID(number, sha256 string, i int) string {
	return fmt.Sprintf("%s/%.16s/%02d", number, sha256, i)
}

var errLarge = errors.New("rights: an export is larger than 64 MiB")

// build makes the package and stores its parts. Repeating it stores another package of the same data beside the first.
func (d *Desk) build(ctx context.Context, r Request) (*Package, error) {
	s, err := d.o.Subjects.Find(ctx, r.Subject)
	if err != nil {
		return nil, err
	}
	data, err := d.o.Exporter.Build(ctx, r)
	if err != nil {
		return nil, err
	}
	if len(data) > maxParts*partSize {
		return nil, errLarge
	}
	sum := sha256.Sum256(data)
	made := &Package{Bytes: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), ExpiresAt: d.o.Now().Add(PackageLife)}
	if r.Transfer != nil && d.o.Contents != nil {
		if made.Holds, err = d.o.Contents(data); err != nil {
			return nil, err
		}
	}
	for plain := range slices.Chunk(data, partSize) {
		if err := d.putPart(ctx, &s, partID(r.Number, made.SHA256, made.Parts), plain); err != nil {
			return nil, err
		}
		made.Parts++
	}
	return made, nil
}

func (d *Desk) putPart(ctx context.Context, s *subject.Subject, id string, plain []byte) error {
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

// Fetch gives a package to the session that asked for it (of a request that came by letter: to the person's session that
// fetches it first), at most 3 times and within 72 hours. The count is written before
// the bytes go out, so a lost answer costs a download and nothing more. Faults: ErrUnknown, ErrNoPackage, ErrSession,
// ErrPackage.
func (d *Desk) Fetch(ctx context.Context, who, session, number string) (name string, data []byte, err error) {
	r, err := d.find(ctx, who, number)
	if err != nil {
		return "", nil, err
	}
	switch {
	case r.Type != Copy || r.State == Cancelled || r.State == Refused:
		return "", nil, ErrUnknown
	case who != r.Requester || session == "" || r.Session != session && !r.unbound():
		return "", nil, ErrSession
	}
	if err := d.stillActs(ctx, who, r); err != nil {
		return "", nil, err
	}
	r, err = d.records.requests.Update(ctx, r.Number, func(r *Request) error {
		switch p := r.Package; {
		case r.Session != session && !r.unbound():
			return ErrSession
		case r.State != Fulfilled || p == nil:
			return ErrNoPackage
		case !p.waits(d.o.Now()):
			return ErrPackage
		}
		r.Session = session
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
	return packageName(r), data, err
}

// packageName is how a package is called: request number and date, nothing personal.
func packageName(r Request) string {
	return fmt.Sprintf("export-%s-%s.zip", r.Number, r.ReceivedAt.Format("20060102"))
}

// unbound reports whether a package still has no session: it was asked for by letter, mail or phone, and staff have verified
// who asked.
func (r *Request) unbound() bool { return r.Session == "" && r.Channel != "in_app" }

func (d *Desk) parts(ctx context.Context, r Request) ([]byte, error) {
	s, err := d.o.Subjects.Find(ctx, r.Subject)
	if err != nil {
		return nil, err
	}
	data := make([]byte, 0, r.Package.Bytes)
	for i := range r.Package.Parts {
		p, err := d.records.parts.Get(ctx, partID(r.Number, r.Package.SHA256, i))
		if errors.Is(err, store.ErrMissing) || len(s.Key) == 0 {
			return nil, ErrPackage
		}
		if err != nil {
			return nil, err
		}
		plain, err := d.o.Subjects.Open(&s, sealPlace(partID(r.Number, r.Package.SHA256, i), "part"), p.Sealed)
		if err != nil {
			return nil, err
		}
		data = append(data, plain...)
	}
	return data, nil
}

// waits reports whether a package may still be fetched.
func (p *Package) waits(now time.Time) bool {
	return p != nil && !p.Gone && p.Downloads < MaxDownloads && now.Before(p.ExpiresAt)
}

// settlePackage deletes a package that has been fetched often enough, is past its time, or belongs to a cancelled request.
func (d *Desk) settlePackage(ctx context.Context, r Request) error {
	if r.State == Fulfilled && r.Package.waits(d.o.Now()) {
		return nil
	}
	r, err := d.records.requests.Update(ctx, r.Number, func(r *Request) error {
		if r.Package == nil || r.Package.Gone {
			return store.ErrUnchanged
		}
		r.Package.Gone = true
		return nil
	})
	if err != nil {
		return err
	}
	return d.dropParts(ctx, r)
}

// dropParts deletes the parts stored for a request, except those of a package that is still to be fetched.
func (d *Desk) dropParts(ctx context.Context, r Request) error {
	keep := ""
	if r.Package.waits(d.o.Now()) && r.State != Cancelled {
		keep = strings.TrimSuffix(partID(r.Number, r.Package.SHA256, 0), "00")
	}
	all := store.Range{From: r.Number + "/", To: r.Number + "0", Limit: dropBatch} // '0' comes after '/'
	return d.dropAll(ctx, store.ByID, all, keep)
}

// dropBatch is how many parts are looked at together; a page of the store has four at most when they are full.
const dropBatch = 100

func (d *Desk) dropAll(ctx context.Context, index string, page store.Range, keep string) error {
	for {
		found, next, err := d.records.parts.Find(ctx, index, page)
		if err != nil {
			return err
		}
		for _, f := range found {
			if keep != "" && strings.HasPrefix(f.ID, keep) {
				continue
			}
			if _, err := d.records.parts.Delete(ctx, f.ID, nil); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		page.After = next
	}
}

// endExports ends the exports of a person whose data was erased: open ones are cancelled, those that are not fetched yet are
// deleted. errBusy while one is being built, because its parts may still arrive.
func (d *Desk) endExports(ctx context.Context, erasing Request) error {
	busy, after := false, ""
	for {
		list, next, err := d.list(ctx, bySubject, erasing.Subject, after, 100)
		if err != nil {
			return err
		}
		for _, r := range list {
			if r.Type != Copy && r.Type != Transfer {
				continue
			}
			if r, err = d.endExport(ctx, r.Number); err != nil {
				return err
			}
			busy = busy || r.Claimed.After(d.o.Now())
		}
		if after = next; after == "" {
			break
		}
	}
	if err := d.dropPartsOf(ctx, erasing.Subject); err != nil || !busy {
		return err
	}
	return errBusy
}

// dropPartsOf deletes every part that is stored for a person.
func (d *Desk) dropPartsOf(ctx context.Context, owner string) error {
	parts := store.Exact(owner)
	parts.Limit = dropBatch
	return d.dropAll(ctx, byOwner, parts, "")
}

func (d *Desk) endExport(ctx context.Context, number string) (Request, error) {
	return d.records.requests.Update(ctx, number, func(r *Request) error {
		over := r.State.Over()
		if over && (r.Package == nil || r.Package.Gone) {
			return store.ErrUnchanged
		}
		if r.Package != nil {
			r.Package.Gone = true
		}
		if !over {
			return r.move(cancel, d.o.Now(), "system")
		}
		r.happened(d.o.Now(), "package_gone", "system")
		return nil
	})
}
