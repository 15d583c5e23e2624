package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"zhiqing/config"
	"zhiqing/config/policy"
	"zhiqing/internal/app"
	"zhiqing/internal/purpose"
	"zhiqing/internal/rights"
	"zhiqing/internal/wechat"
)

// What is compared: two servers with the same people, of whom the same few look at as many requests of their own, while of
// others' there are few or many.
const (
	listers     = 200 // people who look
	ownRequests = 5   // that each of them sees
	fewRequests = listers * ownRequests
)

// manyRequests is how many requests the larger store has.
func (o options) manyRequests() int {
	if o.rounds == 1 {
		return 10_000
	}
	return 100_000
}

// measureListing loads two servers in turn, one with few requests stored and one with many, and compares what it costs to
// list one's own.
func measureListing(ctx context.Context, o options) (figures []figure, err error) {
	o.holders = listers
	var bouts []*bout
	for _, total := range []int{fewRequests, o.manyRequests()} {
		o := o
		o.dir = filepath.Join(o.dir, fmt.Sprintf("requests-%d", total))
		s, err := openWith(ctx, o, few, func(d dataset) error { return lodgeAll(ctx, d.folder, total) })
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, s.close()) }()
		listing := scenario{name: "listing one's requests", method: "GET", path: "/v1/me/requests", signed: true, limit: "itself"}
		bouts = append(bouts, &bout{scenario: listing, at: s.server, data: s.data})
	}
	if err := rounds(ctx, o, bouts); err != nil {
		return nil, err
	}
	small, large := bouts[0], bouts[1]
	return []figure{atMost("listing one's requests: cost", large.cost()/small.cost(), 1+tolerance, "", fmt.Sprintf(
		"CPU per answer with %d requests stored, to %d; one's own are %d; %.0f and %.0f requests/s", o.manyRequests(), fewRequests, ownRequests, large.rate(), small.rate()))}, nil
}

// lodgeAll stores requests of the few who look, and of everybody else until there are as many as wanted. They are of types
// that staff decide, so none is worked on during the load.
func lodgeAll(ctx context.Context, f folder, total int) error {
	fmt.Fprintf(os.Stderr, "lodging %d requests\n", total)
	return inside(ctx, f, app.Clock, func(a *app.App) error {
		catalogue, _, err := app.ReadPolicy(policy.FS, config.Defaults().Operator)
		if err != nil {
			return err
		}
		step := few / listers
		others := few - listers
		return inParallel(connections, few, func(i int) error {
			n := ownRequests
			if i%step != 0 {
				n = share(total-fewRequests, others, i-i/step-1)
			}
			return lodge(ctx, a, catalogue.All(), i, n)
		})
	})
}

// share is what number i of several gets of a total, so that all together get the total.
func share(total, several, i int) int { return total*(i+1)/several - total*i/several }

// lodge lodges n different requests of a person.
func lodge(ctx context.Context, a *app.App, purposes []purpose.Purpose, person, n int) error {
	if n == 0 {
		return nil
	}
	id, err := a.Subjects.FindByIdentity(ctx, identityOf(person))
	if err != nil {
		return err
	}
	kinds := []rights.Type{rights.Correct, rights.Supplement}
	for i := range n {
		_, err := a.Rights.Lodge(ctx, rights.Lodged{
			Requester: id, Type: kinds[i%len(kinds)], Scope: []string{purposes[i/len(kinds)].Code}, Detail: "请核对", Language: "zh-CN",
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// identityOf is the WeChat identity of a person of the data set.
func identityOf(person int) wechat.Identity {
	return wechat.Identity{OpenID: wechat.Secret(fmt.Sprintf("bench-%d", person))}
}
