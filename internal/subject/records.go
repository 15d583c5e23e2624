package subject

import (
	"context"

	"zhiqing/internal/store"
)

// identity is the link from a hashed WeChat identity (its _id) to a subject.
type identity struct {
	Subject string `bson:"subject"`
}

// number reserves a privacy number (its _id) for a subject, so that no two people can read out the same one.
type number struct {
	Subject string `bson:"subject"`
}

type records struct {
	identities *store.Collection[identity]
	subjects   *store.Collection[Subject]
	numbers    *store.Collection[number]
}

func openRecords(ctx context.Context, e store.Engine) (r records, err error) {
	if r.identities, err = store.Open[identity](ctx, e, "identities"); err != nil {
		return r, err
	}
	if r.subjects, err = store.Open[Subject](ctx, e, "subjects"); err != nil {
		return r, err
	}
	r.numbers, err = store.Open[number](ctx, e, "privacy_numbers")
	return r, err
}
