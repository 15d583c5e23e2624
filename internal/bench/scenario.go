package bench

// scenario is one kind of request.
type scenario struct {
	name, method, path, body string
	signed                   bool // with the access token of a holder, a random one for each request

	limit  string  // the name of what it is measured against; "" for a limit
	target float64 // the least share of the limit
	dearer float64 // what it may cost at most, as a multiple of the limit's CPU time; 0 = anything
}

const (
	limitRead   = "limit: Fiber + point read"
	limitInsert = "limit: Fiber + durable insert"

	consents = "reading one's consents"
	grants   = "durable grants"
	guests   = "guest sessions"
)

// grantBody gives a consent again: a person may confirm what they agreed to, and each time is an entry of its own.
const grantBody = `{"method":"tap","decisions":[{"purpose":"analytics.usage","decision":"grant","notice_version":"1.0"}]}`

// limits is what the limits server is asked; see limits.go for what each does.
var limits = []scenario{
	{name: "limit: bare Fiber", method: "GET", path: "/bare"},
	{name: "limit: Fiber + token check", method: "GET", path: "/token", signed: true},
	{name: limitRead, method: "GET", path: "/read"},
	{name: limitInsert, method: "POST", path: "/insert"},
	{name: "for comparison: one commit per insert", method: "POST", path: "/naive"},
}

// mostProfile is what reading one's profile, with decryption, may cost of reading one's consents.
const mostProfile = 1.5

// requests is what the real server is asked (design.md §8). The profile has three sealed fields, one of them on consent;
// its limit is a request of the program's own, so it comes right after that.
var requests = []scenario{
	{name: consents, method: "GET", path: "/v1/me/consents", signed: true, limit: limitRead, target: 0.5},
	{name: "reading one's profile", method: "GET", path: "/v1/me/profile", signed: true, limit: consents, target: 1 / mostProfile, dearer: mostProfile},
	{name: grants, method: "POST", path: "/v1/me/consents", body: grantBody, signed: true, limit: limitInsert, target: 0.4},
	{name: guests, method: "POST", path: "/v1/sessions/guest", limit: limitInsert, target: 0.4},
}
