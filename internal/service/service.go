// Package service is the operator's other systems that may ask this one: which there are, and that it is really them.
//
// It owns their keys: drawn here, shown once, stored as a hash, ended at once on every server. It refuses to know what they
// may ask: each door says so for itself, and weighs every call anew. A key is the system's and no person's, so nothing here
// is personal data.
//
// Law: PIPL art. 51(4) (who may handle what); 网络数据安全管理条例 art. 9 (authentication).
//
// Start at Desk.Add and Desk.Authenticate.
package service

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"regexp"
	"strings"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/fault"
	"zhiqing/internal/ident"
	"zhiqing/internal/store"
)

// Service is a system that has a key.
type Service struct {
	Name     string    `bson:"-"`
	Hash     []byte    `bson:"hash"` // of the key
	AddedAt  time.Time `bson:"added"`
	Disabled bool      `bson:"disabled"`
}

// The ways in which a key is refused, or cannot be had.
var (
	ErrKey     = fault.Define(fault.Unauthenticated, "service.key", "服务密钥无效。", "This is no valid service key.")
	ErrName    = fault.Define(fault.Invalid, "service.name", "名称为 2 至 32 个小写字母、数字或下划线。", "A name has 2 to 32 lower-case letters, digits or _.")
	ErrTaken   = fault.Define(fault.Conflict, "service.taken", "已有这个服务。", "There is a service of this name already.")
	ErrUnknown = fault.Define(fault.Missing, "service.unknown", "没有这个服务。", "There is no such service.")
)

// Audit is the chain into which everything goes first; package audit keeps it.
type Audit interface {
	Append(ctx context.Context, r audit.Row) (audit.Row, error)
}

// Options are what a Desk is made of. All are needed.
type Options struct {
	Engine store.Engine
	Audit  Audit
	Now    func() time.Time
	IDs    ident.Source
}

// Desk gives keys and checks them. Safe for concurrent use, also by several processes on one store.
type Desk struct {
	o        Options
	services *store.Collection[Service]
}

// Open prepares the desk.
func Open(ctx context.Context, o Options) (*Desk, error) {
	services, err := store.Open[Service](ctx, o.Engine, "services")
	return &Desk{o: o, services: services}, err
}

// prefix begins every key, so that whoever finds one in a log or a repository knows what it is.
const (
	prefix  = "zqs_"
	keySize = 32 // bytes: 256 bits, which nobody guesses, so a plain hash is enough
)

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{1,31}$`)

// Add opens a service and returns its key, which is shown this once. Faults: ErrName, ErrTaken.
func (d *Desk) Add(ctx context.Context, name string) (key string, err error) {
	if !nameForm.MatchString(name) {
		return "", ErrName
	}
	secret := base64.RawURLEncoding.EncodeToString(d.o.IDs.Bytes(keySize))
	if err := d.note(ctx, "service.added", name); err != nil {
		return "", err
	}
	err = d.services.Insert(ctx, name, Service{Hash: hash(name, secret), AddedAt: d.o.Now()})
	if errors.Is(err, store.ErrExists) {
		return "", ErrTaken
	}
	return prefix + name + "." + secret, err
}

// Disable ends a service's key. Again is no error. Fault: ErrUnknown.
func (d *Desk) Disable(ctx context.Context, name string) error {
	if !nameForm.MatchString(name) {
		return ErrUnknown
	}
	if err := d.note(ctx, "service.disabled", name); err != nil {
		return err
	}
	_, err := d.services.Update(ctx, name, func(s *Service) error { s.Disabled = true; return nil })
	if errors.Is(err, store.ErrMissing) {
		return ErrUnknown
	}
	return err
}

// List lists the services by name, at most a thousand.
func (d *Desk) List(ctx context.Context) (list []Service, err error) {
	found, _, err := d.services.Find(ctx, store.ByID, store.Range{Limit: store.MaxLimit})
	for _, f := range found {
		f.Value.Name = f.ID
		list = append(list, f.Value)
	}
	return list, err
}

// Authenticate says whose key this is, at this moment. Fault: ErrKey, the same for an unknown name, a wrong secret and a
// service that has been disabled.
func (d *Desk) Authenticate(ctx context.Context, key string) (name string, err error) {
	rest, ok := strings.CutPrefix(key, prefix)
	name, secret, whole := strings.Cut(rest, ".")
	if !ok || !whole || !nameForm.MatchString(name) {
		return "", ErrKey
	}
	s, err := d.services.Get(ctx, name)
	if err != nil && !errors.Is(err, store.ErrMissing) {
		return "", err
	}
	if subtle.ConstantTimeCompare(s.Hash, hash(name, secret)) != 1 || s.Disabled {
		return "", ErrKey
	}
	return name, nil
}

// hash binds a secret to its name.
func hash(name, secret string) []byte {
	sum := sha256.Sum256([]byte("zhiqing/service-key/v1\x00" + name + "\x00" + secret))
	return sum[:]
}

func (d *Desk) note(ctx context.Context, action, name string) error {
	_, err := d.o.Audit.Append(ctx, audit.Row{Actor: "system", Role: "operator", Action: action, Fields: []string{"service." + name}, Result: "allowed"})
	return err
}
