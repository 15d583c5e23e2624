package observe

import (
	"context"
	"io"
	"log/slog"

	"zhiqing/config"
)

type requestKey struct{}

// WithRequestID returns a context under which every log line carries the request's id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// RequestID returns the id given to WithRequestID, or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// NewLogger returns a logger that writes to w at log.level in log.format (auto: JSON in production, text in
// development). Every line passes the safety net, and lines logged with a context carry its request_id.
func NewLogger(w io.Writer, c config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: levels[c.Log.Level]}
	if c.Log.Format == "json" || c.Log.Format != "text" && c.InProduction() {
		return slog.New(net{next: slog.NewJSONHandler(w, options)})
	}
	return slog.New(net{next: slog.NewTextHandler(w, options)})
}

// levels of config's log.level; anything else is info.
var levels = map[string]slog.Level{
	"debug": slog.LevelDebug,
	"info":  slog.LevelInfo,
	"warn":  slog.LevelWarn,
	"error": slog.LevelError,
}

// net is the handler between the program and the output: it adds the request id and redacts.
type net struct {
	next  slog.Handler
	blind bool // inside a group whose name says secret
}

func (n net) Enabled(ctx context.Context, level slog.Level) bool { return n.next.Enabled(ctx, level) }

// Handle passes on a copy of the line with every text looked at.
func (n net) Handle(ctx context.Context, r slog.Record) error {
	safe := slog.NewRecord(r.Time, r.Level, scrub(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		safe.AddAttrs(n.redact(a))
		return true
	})
	if id := RequestID(ctx); id != "" {
		safe.AddAttrs(slog.String("request_id", scrub(id)))
	}
	return n.next.Handle(ctx, safe)
}

func (n net) WithAttrs(attrs []slog.Attr) slog.Handler {
	safe := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		safe[i] = n.redact(a)
	}
	return net{n.next.WithAttrs(safe), n.blind}
}

func (n net) WithGroup(name string) slog.Handler {
	return net{n.next.WithGroup(name), n.blind || saysSecret(name)}
}
