package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"zhiqing/config"
	"zhiqing/internal/staff"
)

func (f keyFile[K]) examine(what, path string, production bool) Finding {
	keys, err := f.read(path, production)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !production:
		return Finding{what, "will be made at the first start", nil}
	case errors.Is(err, fs.ErrNotExist):
		return Finding{what, "missing; `zhiqing keys init` makes a key file", err}
	case err != nil:
		return Finding{what, "cannot be used", err}
	}
	return Finding{what, path + " (" + keys.Origin() + ")", nil}
}

func examineStore(ctx context.Context, cfg config.Config) Finding {
	engine, err := OpenStoreToRead(ctx, cfg.Store)
	if errors.Is(err, fs.ErrNotExist) {
		return Finding{"store", "will be made at the first start", nil}
	}
	if err != nil {
		return Finding{"store", "cannot be opened", err}
	}
	err = engine.Ping(ctx)
	return Finding{"store", "answers", errors.Join(err, engine.Close())}
}

// examineStaff names who cannot work. It is a hint and no failure: the API runs without them.
func examineStaff(ctx context.Context, cfg config.Config) Finding {
	engine, err := OpenStoreToRead(ctx, cfg.Store)
	if errors.Is(err, fs.ErrNotExist) {
		return Finding{"staff", noStaff(cfg), nil}
	}
	if err != nil {
		return Finding{"staff", "the store cannot be opened", err}
	}
	defer func() { _ = engine.Close() }()
	all, err := staff.Accounts(ctx, engine)
	if err != nil {
		return Finding{"staff", "cannot be read; a store gets its accounts at its first start", err}
	}
	open, untrained := 0, []string(nil)
	for _, a := range all {
		if a.Disabled {
			continue
		}
		if open++; !Clock().Before(a.TrainedUntil) {
			untrained = append(untrained, a.Name)
		}
	}
	switch {
	case open == 0:
		return Finding{"staff", noStaff(cfg), nil}
	case len(untrained) > 0:
		return Finding{"staff", fmt.Sprintf("%d open; personal data is closed to %s until `zhiqing staff train NAME DATE`", open, strings.Join(untrained, ", ")), nil}
	}
	return Finding{"staff", fmt.Sprintf("%d open", open), nil}
}

func noStaff(cfg config.Config) string {
	if cfg.InProduction() {
		return "nobody can sign in to the console; `zhiqing staff add NAME --role administrator` opens an account"
	}
	return "an administrator is made at the first start"
}

func examinePolicy(cfg config.Config) Finding {
	purposes, notices, err := ReadPolicy(PolicyFS(cfg.Policy.Dir), cfg.Operator)
	if err != nil {
		return Finding{"policy", "has mistakes", err}
	}
	return Finding{"policy", fmt.Sprintf("%d purposes, %d notice texts", len(purposes.All()), len(notices)), nil}
}

func examineWeChat(cfg config.Config) Finding {
	if cfg.WeChat.Mode == config.Sandbox {
		return Finding{"wechat", "sandbox: nobody real can log in", nil}
	}
	return Finding{"wechat", "live, app id " + cfg.WeChat.AppID, nil}
}
