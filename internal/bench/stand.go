package bench

import (
	"context"
	"errors"
	"fmt"
	"os"

	"zhiqing/internal/app"
	"zhiqing/internal/consent"
)

// stand is the real server, running on a fresh copy of a data set.
type stand struct {
	data   dataset
	server *process
	tested []*bout
}

func open(ctx context.Context, o options, people int) (*stand, error) {
	return openWith(ctx, o, people, func(dataset) error { return nil })
}

// openWith lets add write into the copy before the server starts, with more settings (NAME=value) than usual.
func openWith(ctx context.Context, o options, people int, add func(dataset) error, more ...string) (*stand, error) {
	data, err := prepare(ctx, o, people)
	if err != nil {
		return nil, err
	}
	if err := add(data); err != nil {
		return nil, errors.Join(err, data.removeCopy())
	}
	server, err := startServer(ctx, o.server, data, more...)
	if err != nil {
		return nil, errors.Join(err, data.removeCopy())
	}
	return &stand{data: data, server: server}, nil
}

// bouts are the requests that the real server is asked.
func (s *stand) bouts() []*bout {
	for _, r := range requests {
		s.tested = append(s.tested, &bout{scenario: r, at: s.server, data: s.data})
	}
	return s.tested
}

// close stops the server and removes what the load has written.
func (s *stand) close() error {
	s.server.stop()
	return s.data.removeCopy()
}

// tally is what a load acknowledged and what is stored of it afterwards.
type tally struct {
	What         string `json:"what"`
	Acknowledged int64  `json:"acknowledged"`
	Stored       int64  `json:"stored"`
	UnderWay     int64  `json:"under_way_at_most"` // requests that were cut off: stored perhaps, never acknowledged
}

// kept reports whether all that was acknowledged is stored, and nothing that nobody asked for.
func (t tally) kept() bool {
	return t.Acknowledged <= t.Stored && t.Stored <= t.Acknowledged+t.UnderWay
}

// count stops the server, walks every chain and counts sessions: what was acknowledged must be stored. A load ends by
// cutting its connections, so at most one request per connection and round may be stored without its answer having been
// counted.
func (s *stand) count(ctx context.Context, o options) ([]tally, error) {
	chains, err := s.walk(ctx)
	if err != nil {
		return nil, err
	}
	sessions, err := s.data.countSessions(ctx)
	if err != nil {
		return nil, err
	}
	underWay := int64(o.rounds * connections)
	tallies := []tally{
		{grants, s.acknowledged(grants), chains.Entries - s.data.entries, underWay},
		{guests, s.acknowledged(guests), sessions - s.data.sessions, underWay},
	}
	for _, t := range tallies {
		fmt.Fprintf(os.Stderr, "%s: %d acknowledged, %d stored\n", t.What, t.Acknowledged, t.Stored)
		if !t.kept() {
			err = errors.Join(err, fmt.Errorf("%s: what was acknowledged is not what is stored", t.What))
		}
	}
	return tallies, err
}

// walk stops the server and walks every chain; one that is broken is an error.
func (s *stand) walk(ctx context.Context) (consent.Report, error) {
	s.server.stop()
	fmt.Fprintln(os.Stderr, "counting what is stored")
	chains, err := app.Verify(ctx, settings(s.data.folder))
	if err == nil && !chains.Sound() {
		err = fmt.Errorf("%d chains are broken, the first: %s", int64(len(chains.Breaks))+chains.More, chains.Breaks[0])
	}
	return chains.Report, err
}

func (s *stand) acknowledged(name string) int64 {
	for _, b := range s.tested {
		if b.name == name {
			return b.answered()
		}
	}
	return 0
}

func (d dataset) countSessions(ctx context.Context) (int64, error) {
	ids, err := d.ids(ctx, "sessions")
	return int64(len(ids)), err
}
