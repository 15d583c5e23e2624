// Package config says what an operator may set: every key, its default, its limits, and what production refuses.
//
// It owns the meaning of the settings and the reading of one YAML file and the environment. It refuses to act on them:
// opening the store, generating development keys and choosing a gateway belong to internal/app, and refusing generated
// keys in production too, because only app reads the key file. The rules of the privacy policy (purposes, notices,
// deadlines) are data of their own, in config/policy.
//
// The file is read through yaml.v3's nodes and not through a configuration library such as koanf: those turn the file
// into a map first and lose the line numbers, and "unknown key" without its line costs an operator an evening.
//
// Start at Config: the comment on each field is its entry in the manual. zhiqing.example.yaml says the same to operators.
package config

import "time"

// The two modes. Development starts with nothing and is safe to throw away; production refuses everything that is
// only safe to throw away.
const (
	Development = "development"
	Production  = "production"
)

// The two ways to reach WeChat.
const (
	Sandbox = "sandbox" // a server of ours that imitates WeChat
	Live    = "live"    // WeChat itself
)

// Config is everything that an operator may set. The key of a field is the path of its yaml tags (`server.addr`); its
// variable is ZHIQING_ and that path in capitals (ZHIQING_SERVER_ADDR).
type Config struct {
	// Mode is development or production.
	Mode string `yaml:"mode"`
	// Server is the HTTP edge.
	Server Server `yaml:"server"`
	// Store is where documents are kept.
	Store Store `yaml:"store"`
	// WeChat is the mini-program's account and how it is reached.
	WeChat WeChat `yaml:"wechat"`
	// Vault is how personal data is sealed.
	Vault Vault `yaml:"vault"`
	// Session is how long the proofs of a login live.
	Session Session `yaml:"session"`
	// Consent is how people are asked.
	Consent Consent `yaml:"consent"`
	// Staff is how the operator's people sign in to the console.
	Staff Staff `yaml:"staff"`
	// Policy is where the operator's rules are.
	Policy Policy `yaml:"policy"`
	// Operator is who answers for the processing; it fills the placeholders of the notices.
	Operator Operator `yaml:"operator"`
	// Limits keep one client from taking everything.
	Limits Limits `yaml:"limits"`
	// Log is what the program writes about itself.
	Log Log `yaml:"log"`
}

// Server is the HTTP edge.
type Server struct {
	// Addr is the address the API listens on, as IP:port, :port or localhost:port. Port 0 lets the system choose.
	Addr string `yaml:"addr"`
	// MetricsAddr is the address of /metrics, as IP:port. Empty: development serves it on Addr, production not at all.
	MetricsAddr string `yaml:"metrics_addr"`
	// TrustedProxies are the addresses (IP or CIDR) whose word on the client's address is taken, and on whether it came by TLS
	// (X-Forwarded-Proto). Production refuses what has come over a network in the clear.
	TrustedProxies []string `yaml:"trusted_proxies"`
	// RequestTimeout ends the work for one request, 1s to 5m.
	RequestTimeout time.Duration `yaml:"request_timeout"`
	// BodyLimit is the largest request body in bytes, 1024 to 10485760.
	BodyLimit int `yaml:"body_limit"`
	// ShutdownTimeout is how long a stop waits for requests under way, 1s to 5m.
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout"`
	// PublicURL is how the outside reaches the API, without a path. Empty: http:// and Addr; production needs it, with https.
	PublicURL string `yaml:"public_url"`
}

// Store is where documents are kept.
type Store struct {
	// URL is sqlite:PATH (embedded) or mongodb://… or mongodb+srv://…. It may hold a password, so it never prints. A timeoutMS
	// among MongoDB's options bounds each call; 4000 without one.
	URL Secret `yaml:"url"`
	// AllowEmbedded lets production run on the embedded engine: one machine, and its backups are the operator's.
	AllowEmbedded bool `yaml:"allow_embedded"`
}

// WeChat is the mini-program's account and how it is reached.
type WeChat struct {
	// Mode is sandbox or live. Production refuses the sandbox.
	Mode string `yaml:"mode"`
	// AppID is the mini-program's id: wx and 16 hexadecimal digits. Live needs it.
	AppID string `yaml:"app_id"`
	// AppSecret is the mini-program's secret: 32 hexadecimal digits. Live needs it.
	AppSecret Secret `yaml:"app_secret"`
	// SandboxAddr is the address the sandbox listens on, as IP:port.
	SandboxAddr string `yaml:"sandbox_addr"`
	// Timeout ends one call to WeChat, 100ms to 30s.
	Timeout time.Duration `yaml:"timeout"`
	// PushToken proves that a push comes from WeChat: 3 to 32 letters and digits. Empty, with PushAESKey: no pushes.
	PushToken Secret `yaml:"push_token"`
	// PushAESKey decrypts pushes: the 43 letters and digits of WeChat's EncodingAESKey.
	PushAESKey Secret `yaml:"push_aes_key"`
	// Templates are the subscribe messages that may be sent, as kind=TEMPLATE_ID or, where the template's fields are not
	// character_string1, phrase2 and time3, as "kind=TEMPLATE_ID field=value …" with values number, state, title and time. Kinds
	// are those of GET /v1/me/messages; several may share one template. None: messages are in-app only.
	Templates []string `yaml:"templates"`
}

// Vault is how personal data is sealed.
type Vault struct {
	// Keyset is the path of the key file that signs and names people. Development generates it for a new store.
	Keyset string `yaml:"keyset"`
	// Keys is the path of the key file that seals personal data. Development generates it for a new store.
	Keys string `yaml:"keys"`
	// Erasures is the path of the list of erased accounts, which survives a restored backup: at the next start they are erased
	// again. It holds proofs and no personal data. Keep it apart from the store's backups, and never restore it.
	Erasures string `yaml:"erasures"`
}

// Session is how long the proofs of a login live.
type Session struct {
	// AccessTTL is the life of an access token, 1m to 1h.
	AccessTTL time.Duration `yaml:"access_ttl"`
	// GuestTTL is the life of a guest session that is not used, at most 24h: a guest leaves nothing behind.
	GuestTTL time.Duration `yaml:"guest_ttl"`
	// UserTTL is the life of a known person's session that is not used, at most 2160h (90 days).
	UserTTL time.Duration `yaml:"user_ttl"`
	// StepUpTTL is how long a fresh proof of the WeChat account opens heavy acts, 1m to 1h.
	StepUpTTL time.Duration `yaml:"step_up_ttl"`
}

// Consent is how people are asked.
type Consent struct {
	// CoolDown is how long a refusal is left alone before the person is asked again. Nobody may be asked again and again
	// (网络数据安全管理条例 art. 22(5)); 48h is the figure of the regulators' guides, and production wants no less.
	CoolDown time.Duration `yaml:"cool_down"`
}

// Staff is how the operator's people sign in to the console.
type Staff struct {
	// OIDC is the operator's identity provider (OpenID Connect), beside local accounts.
	OIDC OIDC `yaml:"oidc"`
}

// OIDC is the operator's identity provider. Who signs in there still needs an account here, which has the role.
type OIDC struct {
	// Issuer is the provider's address, as it stands in its tokens. Empty: local accounts only. The address to enter at the
	// provider is server.public_url and /console/oidc/callback.
	Issuer string `yaml:"issuer"`
	// ClientID is the name under which the provider knows this program.
	ClientID string `yaml:"client_id"`
	// ClientSecret is what proves this program to the provider.
	ClientSecret Secret `yaml:"client_secret"`
	// ACR is what the provider must call a sign-in that is strong enough (claim acr), such as one with a second factor. Empty:
	// whatever the provider lets in.
	ACR string `yaml:"acr"`
}

// Policy is where the operator's rules are.
type Policy struct {
	// Dir is a folder of the shape of config/policy. Empty: the policy built into the program.
	Dir string `yaml:"dir"`
}

// Operator is who answers for the processing (PIPL art. 17: name and contact). Production refuses the sample values.
type Operator struct {
	// Name is the operator's full legal name.
	Name string `yaml:"name"`
	// Address is where letters reach the operator.
	Address string `yaml:"address"`
	// Contact is how people reach the operator, best a place in the mini-program.
	Contact string `yaml:"contact"`
	// DPO is who is in charge of the protection of personal information, and how to reach them (PIPL art. 52).
	DPO string `yaml:"dpo"`
	// ComplaintDays is the promised time to answer a complaint, in working days, 1 to 15 (认定方法 第六条(五)).
	ComplaintDays int `yaml:"complaint_days"`
}

// Limits keep one client from taking everything.
type Limits struct {
	// SessionsPerMinute is how many sessions one client address may begin in a minute, 1 to 100000.
	SessionsPerMinute int `yaml:"sessions_per_minute"`
	// RequestsPerSecond is how many requests one account may send in a second, 1 to 100000.
	RequestsPerSecond int `yaml:"requests_per_second"`
}

// Log is what the program writes about itself.
type Log struct {
	// Level is debug, info, warn or error.
	Level string `yaml:"level"`
	// Format is json, text, or auto: json in production, text in development.
	Format string `yaml:"format"`
}

// Defaults returns the settings of a program that nobody configured: everything works, on this machine only.
func Defaults() Config {
	return Config{
		Mode: Development,
		Server: Server{
			Addr:            "127.0.0.1:8080",
			RequestTimeout:  10 * time.Second,
			BodyLimit:       64 << 10,
			ShutdownTimeout: 15 * time.Second,
		},
		Store:   Store{URL: "sqlite:data/zhiqing.db"},
		WeChat:  WeChat{Mode: Sandbox, SandboxAddr: "127.0.0.1:8081", Timeout: 3 * time.Second},
		Vault:   Vault{Keyset: "data/keyset.json", Keys: "data/vault-keys.json", Erasures: "data/erasures.jsonl"},
		Session: Session{AccessTTL: 15 * time.Minute, GuestTTL: 24 * time.Hour, UserTTL: 720 * time.Hour, StepUpTTL: 5 * time.Minute},
		Consent: Consent{CoolDown: 48 * time.Hour},
		Operator: Operator{
			Name:          "示例运营者有限公司",
			Address:       "示例市示例区示例路1号",
			Contact:       "小程序内“我的—隐私—联系我们”",
			DPO:           "示例个人信息保护负责人",
			ComplaintDays: 15,
		},
		Limits: Limits{SessionsPerMinute: 120, RequestsPerSecond: 50},
		Log:    Log{Level: "info", Format: "auto"},
	}
}

// InProduction reports whether the mode is production.
func (c Config) InProduction() bool { return c.Mode == Production }

// BaseURL is how the outside reaches the API: server.public_url, or http:// and the configured address (which is no
// use with port 0: then only the listener knows).
func (c Config) BaseURL() string {
	if c.Server.PublicURL != "" {
		return c.Server.PublicURL
	}
	return "http://" + c.Server.Addr
}
