package purpose

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"zhiqing/internal/store"
)

var digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// record is one definition under its digest. It never changes and is never deleted; it holds no personal data.
type record struct {
	Code       string `bson:"code"`
	Definition []byte `bson:"definition"`
}

// Publish stores every definition of the catalogue, of all channels, once and for good, in purpose_definitions under its
// digest. Call it at start, before the catalogue is shared. Idempotent, and safe on many instances at once.
func (c *Catalogue) Publish(ctx context.Context, engine store.Engine) error {
	published, err := store.Open[record](ctx, engine, "purpose_definitions")
	if err != nil {
		return err
	}
	for _, list := range [][]Purpose{c.now().here, c.now().elsewhere} {
		for _, p := range list {
			err := published.Insert(ctx, p.Digest, record{Code: p.Code, Definition: p.Definition})
			if err != nil && !errors.Is(err, store.ErrExists) {
				return fmt.Errorf("publish purpose %s: %w", p.Code, err)
			}
		}
	}
	c.published = published
	return nil
}
