package rights

import (
	"context"

	"zhiqing/internal/ident"
)

// ByNumber returns anybody's request, for staff: who may ask for it, the caller has decided and written down. A number with a
// wrong check symbol is ErrUnknown like one that nobody has.
func (d *Desk) ByNumber(ctx context.Context, number string) (Request, error) {
	number, err := ident.ParseRequestNumber(number)
	if err != nil {
		return Request{}, ErrUnknown
	}
	r, err := d.records.requests.Get(ctx, number)
	return r, orUnknown(err)
}
