package app

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"zhiqing/config"
	"zhiqing/internal/wechat"
	"zhiqing/internal/wechat/live"
	"zhiqing/internal/wechat/sandbox"
	miniprogramapi "zhiqing/miniprogram-api"
)

// readHeaderTimeout bounds a slow client of the small servers beside the edge.
const readHeaderTimeout = 5 * time.Second

// The account that the sandbox plays when none is configured. They are no secrets: the sandbox is no WeChat.
const (
	sandboxAppID  = "wx0000000000000000"
	sandboxSecret = "sandbox-secret-of-no-value-000000"

	sandboxPushToken  = "sandboxtoken"
	sandboxPushAESKey = "sandboxsandboxsandboxsandboxsandboxsandbox0"
)

func (a *App) appID() string {
	if a.config.WeChat.AppID == "" && a.config.WeChat.Mode == config.Sandbox {
		return sandboxAppID
	}
	return a.config.WeChat.AppID
}

func (a *App) appSecret() wechat.Secret {
	if a.config.WeChat.AppSecret.Reveal() == "" && a.config.WeChat.Mode == config.Sandbox {
		return sandboxSecret
	}
	return wechat.Secret(a.config.WeChat.AppSecret.Reveal())
}

// pushToken and pushAESKey are what pushes are verified and opened with; empty in live mode = no pushes.
func (a *App) pushToken() wechat.Secret {
	if a.config.WeChat.PushToken.Reveal() == "" && a.config.WeChat.Mode == config.Sandbox {
		return sandboxPushToken
	}
	return wechat.Secret(a.config.WeChat.PushToken.Reveal())
}

func (a *App) pushAESKey() wechat.Secret {
	if a.config.WeChat.PushAESKey.Reveal() == "" && a.config.WeChat.Mode == config.Sandbox {
		return sandboxPushAESKey
	}
	return wechat.Secret(a.config.WeChat.PushAESKey.Reveal())
}

// sandboxOptions is the WeChat that the sandbox plays: the account, and where it pushes events to.
func (a *App) sandboxOptions(now func() time.Time) sandbox.Options {
	return sandbox.Options{
		AppID: a.appID(), AppSecret: a.appSecret().Reveal(), Now: now, PushURL: a.config.BaseURL() + miniprogramapi.PushPath,
		PushToken: a.pushToken().Reveal(), PushAESKey: a.pushAESKey().Reveal(),
	}
}

// openWeChat opens the gateway; in sandbox mode also the server that plays WeChat, so that the same gateway code runs in
// both modes and only its base URL differs.
func (a *App) openWeChat(ctx context.Context, other func(context.Context) (wechat.Gateway, error)) (wechat.Gateway, error) {
	if other != nil {
		return other(ctx)
	}
	base := ""
	if a.config.WeChat.Mode == config.Sandbox {
		s, err := startSandbox(a.config.WeChat.SandboxAddr, a.sandboxOptions(a.now))
		if err != nil {
			return nil, fmt.Errorf("wechat.sandbox_addr: %w", err)
		}
		a.sandbox, base = s, s.URL()
		a.onClose(s.Close)
	}
	tokens, err := openTokenCache(ctx, a.engine, a.appID(), a.keys.Derive("wechat-token"))
	if err != nil {
		return nil, err
	}
	return live.Open(live.Options{
		AppID: a.appID(), AppSecret: a.appSecret(), BaseURL: base, Timeout: a.config.WeChat.Timeout, Tokens: tokens, Now: a.now,
		Observe: a.metrics.WeChatCall,
	})
}

// sandboxServer is the sandbox on its own address.
type sandboxServer struct {
	play     *sandbox.Server
	listener net.Listener
	server   *http.Server
	done     chan struct{}
}

func startSandbox(addr string, o sandbox.Options) (*sandboxServer, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	play := sandbox.New(o)
	s := &sandboxServer{play: play, listener: l, done: make(chan struct{}), server: &http.Server{Handler: play, ReadHeaderTimeout: readHeaderTimeout}}
	go func() {
		defer close(s.done)
		_ = s.server.Serve(l) // ends with ErrServerClosed
	}()
	return s, nil
}

// URL is where the sandbox answers.
func (s *sandboxServer) URL() string { return "http://" + s.listener.Addr().String() }

// Close ends the sandbox with every request to it: it imitates somebody else's service and owes nothing.
func (s *sandboxServer) Close() error {
	err := s.server.Close()
	<-s.done
	return err
}

// RunSandbox serves the sandbox by itself until ctx ends.
func RunSandbox(ctx context.Context, cfg config.Config, ready func(url string)) error {
	a := &App{config: cfg}
	s, err := startSandbox(cfg.WeChat.SandboxAddr, a.sandboxOptions(Clock))
	if err != nil {
		return fmt.Errorf("wechat.sandbox_addr: %w", err)
	}
	ready(s.URL())
	<-ctx.Done()
	return s.Close()
}
