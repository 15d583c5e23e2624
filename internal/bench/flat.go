package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

const (
	few       = 10_000
	tolerance = 0.20 // design.md §8: the cost per request is flat, ±20 %, from 10 k to 1 M people
)

// flat loads two servers in turn, one with few people stored and one with many, and compares what a request costs.
func flat(ctx context.Context, o options) (err error) {
	var stands []*stand
	defer func() {
		for _, s := range stands {
			err = errors.Join(err, s.close())
		}
	}()
	for _, people := range []int{few, o.people} {
		s, err := open(ctx, o, people)
		if err != nil {
			return err
		}
		stands = append(stands, s)
	}
	small, large := stands[0].bouts(), stands[1].bouts()
	var bouts []*bout
	for i := range small {
		bouts = append(bouts, small[i], large[i])
	}
	if err := rounds(ctx, o, bouts); err != nil {
		return err
	}
	for _, s := range stands {
		if _, err := s.count(ctx, o); err != nil {
			return err
		}
	}
	return reportFlat(os.Stdout, o, small, large)
}

func reportFlat(w io.Writer, o options, small, large []*bout) error {
	fmt.Fprintf(w, "| %s | requests/s, %d people | requests/s, %d people | CPU s / 1000, %[2]d | CPU s / 1000, %[3]d | cost, %[3]d to %[2]d | target |\n|---|--:|--:|--:|--:|--:|--:|\n",
		"cost of a request", few, o.people)
	var rows []map[string]any
	for i, s := range small {
		l := large[i]
		ratio := l.cost() / s.cost()
		fmt.Fprintf(w, "| %s | %.0f | %.0f | %.3f | %.3f | **%.2f** | %s |\n", s.name, s.rate(), l.rate(), s.cost(), l.cost(), ratio,
			mark(ratio <= 1+tolerance, "≤ 1.2"))
		rows = append(rows, map[string]any{"name": s.name, "few": rowOf(s, nil), "many": rowOf(l, nil), "cost_ratio": ratio})
	}
	return writeJSON(o.json, map[string]any{"few": few, "many": o.people, "rows": rows})
}
