package store

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Walk visits every value of a collection in the order of ids, from the first id ≥ from, a page at a time. A document that
// does not decode is visited too, with the error, so that whoever checks a store can name it. visit ends the walk by an
// error, which is returned.
func (c *Collection[T]) Walk(ctx context.Context, from string, visit func(id string, v *T, err error) error) error {
	r := Range{From: from, Limit: 200}
	for {
		page, err := c.engine.Find(ctx, c.name, ByID, r)
		if err != nil {
			return err
		}
		for _, d := range page.Docs {
			v := new(T)
			if err := bson.Unmarshal(d.Body, v); err != nil {
				err = fmt.Errorf("%s %s: stored document does not decode", c.name, d.ID)
				if err := visit(d.ID, nil, err); err != nil {
					return err
				}
				continue
			}
			if err := visit(d.ID, v, nil); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		r.After = page.Next
	}
}
