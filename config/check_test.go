package config_test

import (
	"slices"
	"strings"
	"testing"

	"zhiqing/config"
)

// production is the least that production accepts.
var production = []string{
	"ZHIQING_MODE=production", "ZHIQING_SERVER_PUBLIC_URL=https://privacy.example.cn",
	"ZHIQING_STORE_URL=mongodb://db1.example:27017,db2.example:27017/zhiqing?tls=true&replicaSet=rs",
	"ZHIQING_WECHAT_MODE=live", "ZHIQING_WECHAT_APP_ID=wx0123456789abcdef", "ZHIQING_WECHAT_APP_SECRET=0123456789abcdef0123456789abcdef",
	"ZHIQING_OPERATOR_NAME=甲公司", "ZHIQING_OPERATOR_ADDRESS=乙路1号", "ZHIQING_OPERATOR_DPO=丙",
}

func TestProductionAcceptsACompleteConfiguration(t *testing.T) {
	if got := problems(t, "", production...); got != nil {
		t.Fatalf("%q", got)
	}
}

func TestProductionRefusesWhatIsOnlySafeInDevelopment(t *testing.T) {
	var keys []string
	for _, line := range problems(t, "", "ZHIQING_MODE=production") {
		keys = append(keys, strings.Split(line, ": ")[1])
	}
	want := "wechat.mode store.allow_embedded server.public_url operator.name operator.address operator.dpo"
	if got := strings.Join(keys, " "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// Each row spoils one setting of a good configuration.
func TestEachWrongSettingIsRefusedByItsOwnKey(t *testing.T) {
	base := append(slices.Clone(production), "ZHIQING_STORE_ALLOW_EMBEDDED=true")
	for _, row := range []struct{ variable, value, key string }{
		{"SERVER_ADDR", "example.com:80", "server.addr"},
		{"SERVER_ADDR", "127.0.0.1", "server.addr"},
		{"SERVER_ADDR", "127.0.0.1:70000", "server.addr"},
		{"SERVER_METRICS_ADDR", "127.0.0.1:8080", "server.metrics_addr"},
		{"SERVER_TRUSTED_PROXIES", "10.0.0.0/33", "server.trusted_proxies"},
		{"SERVER_REQUEST_TIMEOUT", "0s", "server.request_timeout"},
		{"SERVER_SHUTDOWN_TIMEOUT", "-1s", "server.shutdown_timeout"},
		{"SERVER_BODY_LIMIT", "1023", "server.body_limit"},
		{"SERVER_PUBLIC_URL", "https://user:pass@privacy.example.cn", "server.public_url"},
		{"SERVER_PUBLIC_URL", "https://privacy.example.cn/", "server.public_url"},
		{"SERVER_PUBLIC_URL", "http://privacy.example.cn", "server.public_url"},
		{"STORE_URL", "postgres://x", "store.url"},
		{"STORE_URL", "sqlite:", "store.url"},
		{"STORE_URL", "sqlite::memory:", "store.url"},
		{"STORE_URL", "sqlite:a.db?_pragma=synchronous(0)", "store.url"},
		{"STORE_URL", "mongodb:db", "store.url"},
		{"STORE_URL", "mongodb://", "store.url"},
		{"STORE_URL", "mongodb://db.example/x", "store.url"},
		{"STORE_URL", "mongodb://db.example/x?tls=true&tlsInsecure=true", "store.url"},
		{"STORE_URL", "mongodb+srv://db.example/x?tls=false", "store.url"},
		{"STORE_URL", "mongodb://127.0.0.1,db.example/x", "store.url"},
		{"STORE_URL", "mongodb://localhost@db.example/x", "store.url"},
		{"STORE_URL", "mongodb://u:p@127.0.0.1@db.example/x", "store.url"},
		{"WECHAT_MODE", "mock", "wechat.mode"},
		{"WECHAT_APP_ID", "", "wechat.app_id"},
		{"WECHAT_APP_ID", "wx0123456789abcdef&secret=", "wechat.app_id"},
		{"WECHAT_APP_SECRET", "", "wechat.app_secret"},
		{"WECHAT_SANDBOX_ADDR", "x", "wechat.sandbox_addr"},
		{"WECHAT_TIMEOUT", "31s", "wechat.timeout"},
		{"WECHAT_PUSH_TOKEN", "abc", "wechat.push_aes_key"},
		{"WECHAT_PUSH_AES_KEY", strings.Repeat("a", 43), "wechat.push_token"},
		{"VAULT_KEYSET", "", "vault.keyset"},
		{"VAULT_KEYS", "", "vault.keys"},
		{"VAULT_KEYS", config.Defaults().Vault.Keyset, "vault.keys"},
		{"SESSION_ACCESS_TTL", "61m", "session.access_ttl"},
		{"SESSION_GUEST_TTL", "25h", "session.guest_ttl"},
		{"SESSION_GUEST_TTL", "10m", "session.access_ttl"},
		{"SESSION_USER_TTL", "2161h", "session.user_ttl"},
		{"SESSION_STEP_UP_TTL", "0s", "session.step_up_ttl"},
		{"CONSENT_COOL_DOWN", "47h", "consent.cool_down"},
		{"OPERATOR_NAME", " ", "operator.name"},
		{"OPERATOR_NAME", "\xff", "operator.name"},
		{"OPERATOR_DPO", "two\nlines", "operator.dpo"},
		{"OPERATOR_COMPLAINT_DAYS", "16", "operator.complaint_days"},
		{"LIMITS_SESSIONS_PER_MINUTE", "0", "limits.sessions_per_minute"},
		{"LIMITS_REQUESTS_PER_SECOND", "-1", "limits.requests_per_second"},
		{"LOG_LEVEL", "trace", "log.level"},
		{"LOG_FORMAT", "xml", "log.format"},
	} {
		variable := config.Prefix + row.variable
		got := problems(t, "", override(base, variable, row.value)...)
		if len(got) != 1 || !strings.Contains(got[0], ": "+row.key+": ") {
			t.Errorf("%s: got %q, want one problem with %s", row.variable, got, row.key)
		}
	}
}

// A provider is described whole or not at all.
func TestAnIdentityProviderIsReachedSafely(t *testing.T) {
	good := slices.Concat(production, []string{
		"ZHIQING_STAFF_OIDC_ISSUER=https://sso.example.cn/realms/a", "ZHIQING_STAFF_OIDC_CLIENT_ID=zhiqing", "ZHIQING_STAFF_OIDC_CLIENT_SECRET=s",
	})
	for _, issuer := range []string{"https://sso.example.cn/realms/a", "http://127.0.0.1:9000", "http://localhost:9000"} {
		if got := problems(t, "", override(good, "ZHIQING_STAFF_OIDC_ISSUER", issuer)...); got != nil {
			t.Errorf("%s: %q", issuer, got)
		}
	}
	for _, row := range []struct{ variable, value, key string }{
		{"ISSUER", "", "issuer"},
		{"ISSUER", "sso.example.cn", "issuer"},
		{"ISSUER", "http://sso.example.cn", "issuer"},
		{"ISSUER", "https://user:pass@sso.example.cn", "issuer"},
		{"ISSUER", "https://sso.example.cn?realm=a", "issuer"},
		{"ISSUER", "https://sso.example.cn#a", "issuer"},
		{"CLIENT_ID", "", "client_id"},
		{"CLIENT_SECRET", "", "client_secret"},
	} {
		got := problems(t, "", override(good, "ZHIQING_STAFF_OIDC_"+row.variable, row.value)...)
		if len(got) != 1 || !strings.Contains(got[0], ": staff.oidc."+row.key+": ") || strings.Contains(got[0], "user:pass") {
			t.Errorf("%s: got %q, want one problem with %s", row.variable, got, row.key)
		}
	}
}

func override(environ []string, variable, value string) []string {
	var out []string
	for _, pair := range environ {
		if !strings.HasPrefix(pair, variable+"=") {
			out = append(out, pair)
		}
	}
	return append(out, variable+"="+value)
}

func TestSafeStoresPassInProduction(t *testing.T) {
	for _, url := range []string{
		"mongodb://127.0.0.1:27017/zhiqing", "mongodb://u:p%40ss@[::1]:27017/z", "mongodb://localhost", "mongodb://%2Frun%2Fmongodb.sock",
		"mongodb+srv://db.example/zhiqing", "mongodb://u:p@db.example/z?ssl=true",
	} {
		if got := problems(t, "", override(production, "ZHIQING_STORE_URL", url)...); got != nil {
			t.Errorf("%s: %q", url, got)
		}
	}
	embedded := append(override(production, "ZHIQING_STORE_URL", "sqlite:/var/lib/zhiqing.db"), "ZHIQING_STORE_ALLOW_EMBEDDED=true")
	if got := problems(t, "", embedded...); got != nil {
		t.Errorf("an allowed embedded store: %q", got)
	}
}

func TestTheStoresPlacePrintsWithoutItsPassword(t *testing.T) {
	for url, want := range map[config.Secret]string{
		"sqlite:data/zhiqing.db":                 "sqlite data/zhiqing.db",
		"mongodb://u:hunter2@a:1,b:2/z?tls=true": "mongodb a:1,b:2",
		"mongodb+srv://u:hunter2@db.example":     "mongodb db.example",
	} {
		s := config.Store{URL: url}
		if got := s.Engine() + " " + s.Location(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
