package observe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"zhiqing/config"
	"zhiqing/internal/observe"
)

// record logs with do in JSON and returns the line.
func record(t *testing.T, do func(*slog.Logger)) string {
	t.Helper()
	c := config.Defaults()
	c.Log.Format = "json"
	var out bytes.Buffer
	do(observe.NewLogger(&out, c))
	return out.String()
}

func TestALineCarriesItsRequestsID(t *testing.T) {
	ctx := observe.WithRequestID(context.Background(), "rid_1")
	line := record(t, func(l *slog.Logger) { l.InfoContext(ctx, "x") })
	var got map[string]any
	if err := json.Unmarshal([]byte(line), &got); err != nil || got["request_id"] != "rid_1" {
		t.Errorf("%s: %v", line, err)
	}
	if line := record(t, func(l *slog.Logger) { l.Info("x") }); strings.Contains(line, "request_id") {
		t.Errorf("an id without a request: %s", line)
	}
}

func TestProductionLogsJSONAndDevelopmentText(t *testing.T) {
	for _, row := range []struct {
		mode, format string
		json         bool
	}{
		{config.Production, "auto", true}, {config.Development, "auto", false},
		{config.Production, "text", false}, {config.Development, "json", true},
	} {
		c := config.Config{Mode: row.mode, Log: config.Log{Format: row.format}}
		var out bytes.Buffer
		observe.NewLogger(&out, c).Info("x")
		if json.Valid(out.Bytes()) != row.json {
			t.Errorf("%s %s: %s", row.mode, row.format, out.String())
		}
	}
}

func TestTheLevelIsKept(t *testing.T) {
	c := config.Defaults()
	c.Log.Level = "warn"
	var out bytes.Buffer
	l := observe.NewLogger(&out, c)
	l.Info("quiet")
	l.Warn("loud")
	if got := out.String(); strings.Contains(got, "quiet") || !strings.Contains(got, "loud") {
		t.Errorf("%s", got)
	}
}

type stranger struct{ Mobile, Note string }

type speaker struct{ openid string }

func (s speaker) LogValue() slog.Value { return slog.StringValue(s.openid) }

// Each value is what an error or a careless line could hold, in every form in which slog takes values.
func TestPersonsAndSecretsNeverReachTheLog(t *testing.T) {
	const openid = "oABCDEFGHIJKLMNOPQRSTUVWXY-_" // 28 symbols
	for _, leak := range []string{
		"13800138000", "138-0013-8000", "138 0013 8000", "+8613800138000", "86-13800138000", "电话13800138000。", "a=13800138000&b", "phone-13800138000-7",
		openid, "openid=" + openid + "&x", `{"openid":"` + openid + `"}`,
		"11010519491231002X",
		"eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2ln", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
		"zrt_0123456789abcdef", "mongodb://zhiqing:hunter2@db.example/x",
	} {
		logs := map[string]func(*slog.Logger){
			"message": func(l *slog.Logger) { l.Info(leak) },
			"string":  func(l *slog.Logger) { l.Info("x", "detail", leak) },
			"error":   func(l *slog.Logger) { l.Info("x", "err", errors.New(leak)) },
			"struct":  func(l *slog.Logger) { l.Info("x", "detail", stranger{Note: leak}) },
			"pointer": func(l *slog.Logger) { l.Info("x", "detail", &stranger{Note: leak}) },
			"list":    func(l *slog.Logger) { l.Info("x", "detail", []string{leak}) },
			"map":     func(l *slog.Logger) { l.Info("x", "detail", map[string]string{leak: leak}) },
			"bytes":   func(l *slog.Logger) { l.Info("x", "detail", []byte(leak)) },
			"group":   func(l *slog.Logger) { l.Info("x", slog.Group("g", "detail", leak)) },
			"with":    func(l *slog.Logger) { l.With("detail", leak).WithGroup("g").With("d", leak).Info("x", "detail", leak) },
			"valuer":  func(l *slog.Logger) { l.Info("x", "detail", speaker{leak}) },
			"key": func(l *slog.Logger) {
				l.Info("x", "phone_number", leak, "Session-Key", leak, slog.Group("openId", "x", leak))
			},
			"blind":   func(l *slog.Logger) { l.WithGroup("password").Info("x", "plain", leak) },
			"context": func(l *slog.Logger) { l.InfoContext(observe.WithRequestID(context.Background(), leak), "x") },
		}
		for form, do := range logs {
			line := record(t, do)
			if !strings.Contains(line, "[redacted]") || holds(line, leak) {
				t.Errorf("%s of %q: %s", form, leak, line)
			}
		}
	}
	if line := record(t, func(l *slog.Logger) { l.Info("x", "a", 13800138000, "b", uint64(8613800138000)) }); strings.Contains(line, "138001") {
		t.Errorf("numbers: %s", line)
	}
}

// holds reports whether the telling part of leak is in line.
func holds(line, leak string) bool {
	_, line, _ = strings.Cut(line, ",") // the time comes first, and may hold any digits
	for _, part := range []string{"0013", "8000", "ABCDEFGH", "19491231", "eyJ", "0123456789ab", "hunter2"} {
		if strings.Contains(leak, part) && strings.Contains(line, part) {
			return true
		}
	}
	return false
}

func TestAKeyThatSaysSecretHidesWhateverItHolds(t *testing.T) {
	const plain = "correct horse"
	for form, do := range map[string]func(*slog.Logger){
		"key":          func(l *slog.Logger) { l.Info("x", "app_secret", plain) },
		"with":         func(l *slog.Logger) { l.With("Authorization", plain).Info("x") },
		"group":        func(l *slog.Logger) { l.Info("x", slog.Group("cookies", "a", plain)) },
		"member":       func(l *slog.Logger) { l.Info("x", slog.Group("g", "push-aes-key", plain)) },
		"open group":   func(l *slog.Logger) { l.WithGroup("password").Info("x", "a", plain) },
		"within group": func(l *slog.Logger) { l.WithGroup("password").WithGroup("g").With("b", plain).Info("x", "a", plain) },
	} {
		if line := record(t, do); strings.Contains(line, plain) || !strings.Contains(line, "[redacted]") {
			t.Errorf("%s: %s", form, line)
		}
	}
}

func TestOrdinaryValuesPassUnchanged(t *testing.T) {
	for _, plain := range []string{
		"sub_0123456789abcdefghjkmnpqrs", "PN-1234-5678", "consent.notice_outdated", "127.0.0.1:8080", "2026-01-02T03:04:05Z",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "/v1/notices/{kind}", "1234567890123", "https://privacy.example.cn",
	} {
		line := record(t, func(l *slog.Logger) { l.Info(plain, "code", plain, "err", errors.New(plain)) })
		if strings.Count(line, plain) != 3 {
			t.Errorf("%q: %s", plain, line)
		}
	}
	line := record(t, func(l *slog.Logger) { l.Info("x", "n", 42, "ok", true, "rev", uint64(7)) })
	if !strings.Contains(line, `"n":42,"ok":true,"rev":7`) {
		t.Error(line)
	}
}

func TestALineIsBounded(t *testing.T) {
	line := record(t, func(l *slog.Logger) { l.Info("x", "detail", strings.Repeat("知", 1<<20)) })
	if len(line) > 5<<10 || !json.Valid([]byte(line)) || strings.Contains(line, "\ufffd") {
		t.Errorf("%d bytes", len(line))
	}
}
