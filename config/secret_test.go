package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func sprint(v reflect.Value) string { return fmt.Sprint(v.Interface()) }

func TestASecretPrintsNowhere(t *testing.T) {
	const text = "hunter2"
	c := Defaults()
	c.WeChat.AppSecret = text
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("x", "secret", c.WeChat.AppSecret, "all", c, "pointer", &c.WeChat)
	}
	inJSON, errJSON := json.Marshal(c)
	inYAML, errYAML := yaml.Marshal(c)
	if errJSON != nil || errYAML != nil {
		t.Fatal(errJSON, errYAML)
	}
	printed := log.String() + string(inJSON) + string(inYAML)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		printed += fmt.Sprintf(verb+verb+verb, c.WeChat.AppSecret, c, &c.WeChat)
	}
	if strings.Contains(printed, text) || strings.Contains(printed, fmt.Sprintf("%x", text)) {
		t.Errorf("the secret is in: %s", printed)
	}
	if !strings.Contains(printed, redacted) || c.WeChat.AppSecret.Reveal() != text {
		t.Error("a secret shows as [redacted], and only Reveal gives it")
	}
}
