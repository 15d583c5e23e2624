package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"zhiqing/config"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "zhiqing.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// problems loads and returns what is wrong, with the folder of the file cut off.
func problems(t *testing.T, text string, environ ...string) []string {
	t.Helper()
	path := ""
	if text != "" {
		path = file(t, text)
	}
	_, err := config.Load(path, environ)
	var ps config.Problems
	if err != nil && !errors.As(err, &ps) {
		t.Fatalf("Load answers %T, not Problems", err)
	}
	var lines []string
	for _, p := range ps {
		lines = append(lines, strings.ReplaceAll(p.String(), filepath.Dir(path)+string(filepath.Separator), ""))
	}
	return lines
}

func TestNothingConfiguredIsTheDefaults(t *testing.T) {
	got, err := config.Load("", nil)
	if err != nil || !reflect.DeepEqual(got, config.Defaults()) {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func TestEnvironmentWinsOverFileWinsOverDefaults(t *testing.T) {
	path := file(t, "server: {addr: '127.0.0.1:1', body_limit: 2048}\nsession: {access_ttl: 5m}\n")
	got, err := config.Load(path, []string{"ZHIQING_SERVER_ADDR=127.0.0.1:2", "ZHIQING_SERVER_TRUSTED_PROXIES=10.0.0.0/8, ::1"})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Defaults()
	want.Server.Addr, want.Server.BodyLimit = "127.0.0.1:2", 2048
	want.Server.TrustedProxies = []string{"10.0.0.0/8", "::1"}
	want.Session.AccessTTL = 5 * time.Minute
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestEveryProblemIsReportedAtOnceWithItsPlace(t *testing.T) {
	got := problems(t, "mode: staging\nserver:\n  adr: x\n  body_limit: many\nserver:\n  addr: y\nlog: loud\nsession:\n  access_ttl: [1m]\n",
		"ZHIQING_LIMITS_REQUESTS_PER_SECOND=0", "ZHIQING_SERVER_TIMEOUT=1s", "ZHIQING_TEST_MONGODB_URL=anything", "PATH=/bin")
	want := []string{
		"zhiqing.yaml:3: server.adr: unknown key",
		"zhiqing.yaml:4: server.body_limit: expected a whole number",
		"zhiqing.yaml:5: server: this key stands in the file twice",
		"zhiqing.yaml:7: log: expected a section of keys",
		`zhiqing.yaml:9: session.access_ttl: expected one plain value ("" for none)`,
		"ZHIQING_SERVER_TIMEOUT: no setting has this name",
		"zhiqing.yaml:1: mode: expected development or production",
		"ZHIQING_LIMITS_REQUESTS_PER_SECOND: limits.requests_per_second: expected a whole number from 1 to 100000",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFilesThatAreNotOneMappingAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"mode: [":                                "zhiqing.yaml:1: not valid YAML: did not find expected node content",
		"- a\n":                                  "zhiqing.yaml:1: expected a section of keys",
		"mode: development\n---\na: b":           "zhiqing.yaml:2: expected one YAML document",
		"mode:\n":                                `zhiqing.yaml:1: mode: expected one plain value ("" for none)`,
		"server: {trusted_proxies: a}":           "zhiqing.yaml:1: server.trusted_proxies: expected a list such as [a, b]",
		"mode: &a development\nserver: {<<: *a}": "zhiqing.yaml:2: server.<<: unknown key",
		"store:\n  allow_embedded: yes\n":        "zhiqing.yaml:2: store.allow_embedded: expected true or false",
		"mode: \xff\n":                           "zhiqing.yaml: not valid YAML: invalid leading UTF-8 octet",
	} {
		got := problems(t, text)
		if len(got) != 1 || got[0] != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"# only a comment\n", "---\n", "server:\n  # nothing\n"} {
		if got := problems(t, text); got != nil {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

func TestAFileThatCannotBeReadIsAProblemNotAnEmptyFile(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "none.yaml"), t.TempDir()} {
		if _, err := config.Load(path, nil); err == nil || !strings.Contains(err.Error(), "cannot be read") {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
	if got := problems(t, strings.Repeat("#", 1<<20+1)); len(got) != 1 || !strings.Contains(got[0], "1 MiB") {
		t.Errorf("a huge file: %q", got)
	}
}

func TestRejectedValuesAreNeverEchoed(t *testing.T) {
	const secret = "hunter2hunter2"
	for _, got := range [][]string{
		problems(t, "wechat: {app_secret: "+secret+", mode: "+secret+"}\nstore: {url: '"+secret+"'}\n"),
		problems(t, "wechat: {app_secret: *"+secret+"}\n"),
		problems(t, "wechat: {app_secret: ["+secret+"]}\n"),
		problems(t, "wechat: {timeout: "+secret+"}\nserver: {body_limit: "+secret+"}\nstore: {allow_embedded: "+secret+"}\n"),
		problems(t, "", "ZHIQING_WECHAT_APP_SECRET="+secret, "ZHIQING_LIMITS_REQUESTS_PER_SECOND="+secret),
		problems(t, "", "ZHIQING_MODE=production", "ZHIQING_STORE_URL=mongodb://u:"+secret+"@db.example/x"),
	} {
		if len(got) == 0 {
			t.Error("the wrong value was accepted")
		}
		if strings.Contains(strings.Join(got, "\n"), secret) {
			t.Errorf("echoed: %q", got)
		}
	}
}
