package staff

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"zhiqing/internal/ident"
)

// Cost is what one hash of a password costs (RFC 9106).
type Cost struct {
	Memory  uint32 `bson:"memory"` // KiB
	Time    uint32 `bson:"time"`   // passes
	Threads uint8  `bson:"threads"`
}

// DefaultCost is 64 MiB and three passes: RFC 9106's choice for small memory, on one thread.
func DefaultCost() Cost { return Cost{Memory: 64 << 10, Time: 3, Threads: 1} }

// mostMemory bounds what a stored record may make us allocate: 1 GiB.
const mostMemory = 1 << 20

func (c Cost) sane() bool {
	return c.Memory >= 8 && c.Memory <= mostMemory && c.Time >= 1 && c.Time <= 64 && c.Threads >= 1 && c.Threads <= 16
}

// passwordHash says how it was made, so that the cost can be raised later.
type passwordHash struct {
	Algorithm string `bson:"alg"`
	Cost      Cost   `bson:"cost"`
	Salt      []byte `bson:"salt"`
	Sum       []byte `bson:"sum"`
}

const (
	argon2id    = "argon2id"
	saltLen     = 16
	sumLen      = 32
	maxPassword = 256 // bytes of what is typed
)

// The bounds of hashing: with DefaultCost at most 128 MiB at once, whoever knocks.
const (
	atOnce  = 2
	waiting = 16
)

// hasher keeps sign-ins from taking all memory.
type hasher struct {
	cost   Cost
	queue  chan struct{}
	slots  chan struct{}
	derive func(password, salt []byte, c Cost) []byte
}

func newHasher(c Cost) *hasher {
	return &hasher{cost: c, queue: make(chan struct{}, atOnce+waiting), slots: make(chan struct{}, atOnce), derive: derive}
}

func derive(password, salt []byte, c Cost) []byte {
	return argon2.IDKey(password, salt, c.Time, c.Memory, c.Threads, sumLen)
}

// sum hashes, or answers ErrBusy when too many wait already or ctx ends first.
func (h *hasher) sum(ctx context.Context, password string, salt []byte, c Cost) ([]byte, error) {
	select {
	case h.queue <- struct{}{}:
		defer func() { <-h.queue }()
	default:
		return nil, ErrBusy.After(time.Second)
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, ErrBusy.Because(ctx.Err())
	}
	return h.derive([]byte(password), salt, c), nil
}

func (h *hasher) hash(ctx context.Context, password string, salt []byte) (passwordHash, error) {
	sum, err := h.sum(ctx, password, salt, h.cost)
	return passwordHash{argon2id, h.cost, salt, sum}, err
}

// matches does the same work whatever is wrong with the password. A record that no hash of ours made matches nothing.
func (h *hasher) matches(ctx context.Context, p passwordHash, password string) (bool, error) {
	known := p.Algorithm == argon2id && p.Cost.sane() && len(p.Sum) == sumLen && len(password) <= maxPassword
	cost := p.Cost
	if !known {
		cost = h.cost
	}
	sum, err := h.sum(ctx, password[:min(len(password), maxPassword)], p.Salt, cost)
	return subtle.ConstantTimeCompare(sum, p.Sum) == 1 && known, err
}

var passwordText = base32.NewEncoding(strings.ToLower(ident.Alphabet)).WithPadding(base32.NoPadding)

// newPassword draws 120 bits as 24 symbols in groups of six. Passwords are made here and never chosen, so none is weak or in a
// list of leaks (NIST SP 800-63B §5.1.1).
func newPassword(ids ident.Source) string {
	s := passwordText.EncodeToString(ids.Bytes(15))
	return s[:6] + "-" + s[6:12] + "-" + s[12:18] + "-" + s[18:]
}
