package message

import (
	"context"
	"regexp"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/ident"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
	"zhiqing/internal/wechat"
)

// Life is how long a message waits to be read, or may be read again; then it is deleted.
const Life = 180 * 24 * time.Hour

// Refs say what a message is about: numbers and ids that mean nothing to others.
type Refs struct {
	Request      string `bson:"request,omitempty"`      // RQ-… of a rights request or a report
	Guardianship string `bson:"guardianship,omitempty"` // gdn_…
	Notice       string `bson:"notice,omitempty"`       // kind of a notice
}

var code = regexp.MustCompile(`^[A-Za-z0-9_-]{0,64}$`)

// areCodes reports whether nothing but codes stands in the references, so that no name or text can slip in.
func (r Refs) areCodes() bool {
	return code.MatchString(r.Request) && code.MatchString(r.Guardianship) && code.MatchString(r.Notice)
}

// Message is one message as stored. It holds no text.
type Message struct {
	ID      string    `bson:"id"` // msg_…, the same for the same subject and key
	Subject string    `bson:"subject"`
	Kind    Kind      `bson:"kind"`
	Refs    Refs      `bson:"refs"`
	At      time.Time `bson:"at"`
	ReadAt  time.Time `bson:"read,omitempty"`
	Expires time.Time `bson:"expires"`
	WeChat  *delivery `bson:"wechat,omitempty"` // nil = not to be sent, or done with
}

// delivery is a message on its way to WeChat.
type delivery struct {
	Next     time.Time `bson:"next,omitempty"` // when it is tried; zero = somebody is at it, or has crashed at it
	Tries    int       `bson:"tries"`
	Admitted bool      `bson:"admitted"` // a permission has been used up for it
}

// The ways in which a person's call is refused.
var (
	ErrUnknown  = fault.Define(fault.Missing, "message.unknown", "没有找到这条消息。", "There is no such message.")
	ErrTemplate = fault.Define(fault.Invalid, "message.unknown_template", "没有这个订阅消息模板。", "There is no such template to subscribe to.")
	ErrResult   = fault.Define(fault.Invalid, "message.unknown_result", "订阅结果应为 accept 或 reject。", "The result of a subscription is accept or reject.")
)

// Options are what a Desk is made of. All fields are needed, but Templates may be empty.
type Options struct {
	Engine    store.Engine
	Subjects  *subject.Register
	WeChat    wechat.Gateway
	Templates map[Kind]Template // none: nothing is sent through WeChat
	Page      string            // of the mini-program, opened by a WeChat message
	// Failed is told of a WeChat message that did not get through, for the operator. It gets no openid and no subject.
	Failed func(kind Kind, cause error)
	Now    func() time.Time
}

// Desk is where messages are left, listed, read and sent. Safe for concurrent use, also by several processes on one store.
type Desk struct {
	o       Options
	records records
}

// Open prepares the desk. A template that cannot hold what would be written into it is refused.
func Open(ctx context.Context, o Options) (*Desk, error) {
	if err := checkTemplates(o.Templates); err != nil {
		return nil, err
	}
	r, err := openRecords(ctx, o.Engine)
	return &Desk{o: o, records: r}, err
}

const idPrefix = "msg"

// Is reports whether an id has the shape of a message's.
func Is(id string) bool { return ident.Is(idPrefix, id) }
