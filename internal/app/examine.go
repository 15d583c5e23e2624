package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"zhiqing/config"
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
