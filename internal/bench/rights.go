package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// rightsFigures measures what a person's rights and the retention of data cost (issue 4), each on a fresh copy of a data
// set, and prints them. A missed target is shown with a cross.
func rightsFigures(ctx context.Context, o options) ([]figure, error) {
	return table(ctx, o, "rights and retention", measureRights, measureSweep, measureListing)
}

// consoleFigures measures what staff wait for (issue 5), in the same way.
func consoleFigures(ctx context.Context, o options) ([]figure, error) {
	return table(ctx, o, "console", measureConsole)
}

// table measures and prints figures.
func table(ctx context.Context, o options, about string, measures ...func(context.Context, options) ([]figure, error)) (all []figure, err error) {
	for _, measure := range measures {
		figures, err := measure(ctx, o)
		if err != nil {
			return all, err
		}
		for _, f := range figures { // the table comes at the end of some minutes
			fmt.Fprintf(os.Stderr, "%s: %.2f %s\n", f.Name, f.Value, f.Unit)
		}
		all = append(all, figures...)
	}
	reportFigures(os.Stdout, about, o, all)
	return all, nil
}

// measureRights exports and erases people of whom much is stored, beside all the others.
func measureRights(ctx context.Context, o options) (figures []figure, err error) {
	s, err := open(ctx, o, o.people)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if figures, err = measureHeavy(ctx, s.server); err != nil {
		return nil, err
	}
	_, err = s.walk(ctx)
	return figures, err
}
