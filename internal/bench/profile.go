package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// profile records where the real server spends its time under each kind of request, with Linux's perf: the program that is
// measured stays the program that is shipped. What comes before is not recorded: caches fill.
func profile(ctx context.Context, o options) (err error) {
	if err := os.MkdirAll(o.profile, 0o755); err != nil {
		return err
	}
	s, err := open(ctx, o, o.people)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for _, b := range s.bouts() {
		if _, _, err := b.load(ctx, o); err != nil {
			return err
		}
		file := filepath.Join(o.profile, strings.Map(letters, b.name)+".perf")
		if err := b.record(ctx, o, file); err != nil {
			return err
		}
		fmt.Printf("%s: %.3f CPU s / 1000; see  perf report --children -g caller -i %s\n", b.name, b.cost(), file)
	}
	return nil
}

// record runs the bout once more, under perf.
func (b *bout) record(ctx context.Context, o options, file string) error {
	perf := exec.CommandContext(ctx, "perf", "record", "-q", "-e", "cpu-clock", "-F", "499", "-g", "-o", file,
		"-p", strconv.Itoa(b.at.cmd.Process.Pid), "--", "sleep", strconv.Itoa(int(o.duration.Seconds())))
	perf.Stderr = os.Stderr
	if err := perf.Start(); err != nil {
		return err
	}
	return errors.Join(b.measure(ctx, o), perf.Wait())
}

// letters makes a file name of a scenario's.
func letters(r rune) rune {
	switch {
	case 'a' <= r && r <= 'z':
		return r
	case r == ' ':
		return '-'
	}
	return -1
}
