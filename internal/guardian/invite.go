package guardian

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"zhiqing/internal/subject"
)

// Invitation is an open call for a guardian as its minor gets it. Token goes into the code to scan and the card to share;
// PairingCode is shown on the minor's screen alone and typed in by the guardian, so that whoever is merely forwarded the
// card cannot claim it.
type Invitation struct {
	ID, Token, PairingCode string
	ExpiresAt              time.Time
}

// Invite opens an invitation of 72 hours and ends those before it, at most 3 in 24 hours. The token has 128 bits and
// derives from the id and a secret, so that the code can be drawn again while only a keyed hash is stored.
// Faults: ErrNoMinor, ErrTooMany, ErrNotNow.
func (d *Desk) Invite(ctx context.Context, minor string) (Invitation, error) {
	if _, err := d.Settle(ctx, minor); err != nil {
		return Invitation{}, err
	}
	notice, err := d.o.Notices.CurrentVersion()
	if err != nil {
		return Invitation{}, err
	}
	now, id := d.o.Now(), d.o.IDs.New(invitationPrefix)
	made := subject.Invitation{
		ID: id, Token: d.tokenHash(d.token(id)), State: invitationOpen, Notice: notice, CreatedAt: now, ExpiresAt: now.Add(d.o.Rules.Invitation),
	}
	_, err = d.o.Subjects.Change(ctx, minor, func(s *subject.Subject) error {
		if err := invitable(s); err != nil {
			return err
		}
		recent := slices.DeleteFunc(slices.Clone(s.Minority.Invitations), func(i subject.Invitation) bool { return now.Sub(i.CreatedAt) >= day })
		if len(recent) >= d.o.Rules.OpenInvitations {
			return ErrTooMany.After(recent[0].CreatedAt.Add(day).Sub(now))
		}
		if err := d.move(s, Invite); err != nil {
			return err
		}
		d.endInvitations(s)
		s.Minority.Invitations = append(s.Minority.Invitations, made)
		d.keepTime(s)
		return nil
	})
	return d.invitation(made), err
}

const day = 24 * time.Hour

// invitable says whether the account can look for a guardian at all.
func invitable(s *subject.Subject) error {
	switch {
	case s.State.Over():
		return subject.ErrOver
	case s.Minority == nil:
		return ErrNoMinor
	case State(s.Minority.State) == Disputed:
		return ErrDisputed
	}
	return nil
}

// QRCode draws the mini-program code of an open invitation (JPEG). Codes never expire at WeChat: the expiry is ours.
func (d *Desk) QRCode(ctx context.Context, minor, invitation string) ([]byte, error) {
	s, err := d.Settle(ctx, minor)
	if err != nil {
		return nil, err
	}
	for _, i := range d.openInvitations(s) {
		if i.ID == invitation {
			return d.o.WeChat.QRCode(ctx, i.Token, d.o.Page)
		}
	}
	return nil, ErrInvitation
}

// openInvitations lists what the minor may still show to a guardian.
func (d *Desk) openInvitations(s subject.Subject) []Invitation {
	var list []Invitation
	if s.Minority == nil {
		return nil
	}
	for _, i := range s.Minority.Invitations {
		if i.State == invitationOpen && d.o.Now().Before(i.ExpiresAt) {
			list = append(list, d.invitation(i))
		}
	}
	return list
}

func (d *Desk) invitation(i subject.Invitation) Invitation {
	return Invitation{ID: i.ID, Token: d.token(i.ID), PairingCode: d.pairingCode(i.ID), ExpiresAt: i.ExpiresAt}
}

// token makes the 22 characters (128 bits, base64url) that fit WeChat's scene of 32.
func (d *Desk) token(id string) string {
	return base64.RawURLEncoding.EncodeToString(d.mac("token", id)[:16])
}

// tokenHash is what is stored of a token.
func (d *Desk) tokenHash(token string) string {
	return base64.RawURLEncoding.EncodeToString(d.mac("token-hash", token))
}

// pairingCode makes six digits. 5 tries at 10^6 are a chance of 1 in 200,000.
func (d *Desk) pairingCode(id string) string {
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(d.mac("pairing", id))%1_000_000)
}

func (d *Desk) mac(use, text string) []byte {
	m := hmac.New(sha256.New, d.o.Key)
	m.Write([]byte(use))
	m.Write([]byte{0})
	m.Write([]byte(text))
	return m.Sum(nil)
}
