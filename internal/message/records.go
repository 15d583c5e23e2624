package message

import (
	"context"
	"time"

	"zhiqing/internal/store"
)

// The indexes of messages.
const (
	bySubject = "subject" // a person's inbox, by time
	byExpiry  = "expiry"
	byDue     = "due" // to be sent through WeChat
)

// permission is what a person has allowed one WeChat template: so many messages. Its _id is subject/template.
type permission struct {
	Subject  string    `bson:"subject"`
	Template string    `bson:"template"`
	Left     int       `bson:"left"`
	At       time.Time `bson:"at"`             // of the newest one
	Seen     []string  `bson:"seen,omitempty"` // hashes of the newest Idempotency-Keys
}

const (
	maxLeft = 100 // more than anybody taps; WeChat keeps its own count
	maxSeen = 16
)

type records struct {
	messages    *store.Collection[Message]
	permissions *store.Collection[permission]
}

func openRecords(ctx context.Context, e store.Engine) (r records, err error) {
	r.messages, err = store.Open(ctx, e, "messages",
		store.Index[Message]{Name: bySubject, Keys: func(m *Message) []string { return []string{store.Key(m.Subject, m.At)} }},
		store.Index[Message]{Name: byExpiry, Keys: func(m *Message) []string { return []string{store.Key(m.Expires)} }},
		store.Index[Message]{Name: byDue, Keys: func(m *Message) []string {
			if m.WeChat == nil || m.WeChat.Next.IsZero() {
				return nil
			}
			return []string{store.Key(m.WeChat.Next)}
		}},
	)
	if err != nil {
		return r, err
	}
	r.permissions, err = store.Open[permission](ctx, e, "message_permissions")
	return r, err
}

func permissionID(subject, template string) string { return subject + "/" + template }

// ofSubject is the range of the permissions' ids of one person: '0' follows '/'.
func ofSubject(subject string) store.Range {
	return store.Range{From: subject + "/", To: subject + "0", Limit: 100}
}
