package rooms

import (
	"slices"
	"strings"
)

// room is one package: where it lives and whom it may know.
type room struct {
	floor    int
	beside   []string // the rooms of its own floor that it may import
	plug     bool     // imported by internal/app and tests only
	testing  bool     // imported by tests only
	earliest int      // the lowest floor that may import it
	why      string   // what it is, in a line
}

// building is the table of floors (house.md §2). Imports go down, or sideways by name; never up.
var building = map[string]room{
	// 0: the standard library, or next to it
	"internal/fault":   {floor: 0, why: "kinds of failure and the sentences for them"},
	"internal/ident":   {floor: 0, why: "shapes of identifiers"},
	"internal/canon":   {floor: 0, why: "the bytes that are hashed or signed"},
	"internal/workday": {floor: 0, beside: []string{"internal/fault"}, why: "China's working days"},
	"internal/store":   {floor: 0, beside: []string{"internal/fault"}, why: "the port to what is kept; its failures are faults"},
	"internal/rooms":   {floor: 0, why: "this test; nobody imports it"},
	"config":           {floor: 0, why: "what an operator may set"},
	"config/policy":    {floor: 0, earliest: 2, why: "the operator's rules as data; mechanisms below know no rules"},

	// 1: mechanisms
	"internal/vault":          {floor: 1, why: "sealing under a person's key"},
	"internal/ledger":         {floor: 1, why: "chains, signatures, receipts"},
	"internal/holding":        {floor: 1, why: "who keeps personal data, so that erasure misses nothing"},
	"internal/export":         {floor: 1, beside: []string{"internal/holding", "internal/ledger"}, why: "the package a person takes home: everything that holders gave, signed"},
	"internal/audit":          {floor: 1, beside: []string{"internal/ledger"}, why: "who looked at what; a chain like the ledger's"},
	"internal/lease":          {floor: 1, why: "one instance does it"},
	"internal/job":            {floor: 1, beside: []string{"internal/lease"}, why: "loops, each run by the holder of a lease"},
	"internal/register/prove": {floor: 1, testing: true, why: "how a test names the sentences of the policy that it proves"},
	"internal/tally":          {floor: 1, why: "counts about nobody, for the overview"},
	"internal/observe":        {floor: 1, why: "logs and metrics"},
	"internal/wechat":         {floor: 1, why: "the port to WeChat"},
	"internal/wechat/push":    {floor: 1, beside: []string{"internal/wechat"}, why: "what WeChat tells us by itself, verified"},

	// 2: capabilities; their sideways imports form a tree, which the compiler keeps free of cycles
	"internal/subject":    {floor: 2, why: "a known person"},
	"internal/notice":     {floor: 2, why: "the texts that people were shown"},
	"internal/purpose":    {floor: 2, why: "why data is processed"},
	"internal/session":    {floor: 2, beside: []string{"internal/subject"}, why: "who is asking; a login finds or makes a subject"},
	"internal/guardian":   {floor: 2, beside: []string{"internal/subject"}, why: "the adult who consents for a minor, both subjects"},
	"internal/profile":    {floor: 2, beside: []string{"internal/subject", "internal/purpose", "internal/guardian"}, why: "what a person's fields mean: whose, what for, and whether a minor may have them"},
	"internal/consent":    {floor: 2, beside: []string{"internal/purpose", "internal/notice", "internal/subject", "internal/guardian"}, why: "a decision names a purpose, a notice, a person and perhaps a guardian"},
	"internal/decision":   {floor: 2, beside: []string{"internal/consent", "internal/purpose"}, why: "may it be processed: the purpose's basis and the consent's state"},
	"internal/rights":     {floor: 2, beside: []string{"internal/subject", "internal/session"}, why: "a request is a person's, with fresh proof of the account"},
	"internal/message":    {floor: 2, beside: []string{"internal/subject"}, why: "telling a person; WeChat needs the account's identity"},
	"internal/report":     {floor: 2, beside: []string{"internal/subject", "internal/guardian"}, why: "what somebody without an account tells us of another; answering it is the age question"},
	"internal/retention":  {floor: 2, beside: []string{"internal/purpose"}, why: "how long, which a purpose says"},
	"internal/disclosure": {floor: 2, beside: []string{"internal/purpose", "internal/staff"}, why: "what was given to whom: a purpose names its recipients, and officers approve"},
	"internal/inventory":  {floor: 2, beside: []string{"internal/purpose", "internal/staff", "internal/register"}, why: "what is kept of whom and why, which lies in many rooms"},
	"internal/inspection": {floor: 2, beside: []string{"internal/subject"}, why: "is what is stored what the policy says? asked of every account"},
	"internal/halt":       {floor: 2, beside: []string{"internal/purpose", "internal/staff"}, why: "what has been stopped by hand: purposes, and recipients"},
	"internal/service":    {floor: 2, why: "the operator's other systems"},
	"internal/incident":   {floor: 2, why: "what went wrong and who was told"},
	"internal/staff":      {floor: 2, why: "the operator's people"},
	"internal/webhook":    {floor: 2, why: "telling downstream services"},
	"internal/lookup":     {floor: 2, beside: []string{"internal/staff", "internal/subject", "internal/consent", "internal/profile", "internal/purpose", "internal/rights"}, why: "what staff may see of one person, which lies in many rooms"},
	"internal/casework":   {floor: 2, beside: []string{"internal/staff", "internal/rights", "internal/report", "internal/guardian", "internal/subject"}, why: "what staff do to cases: allowed, written down, done; the cases lie in many rooms"},
	"internal/register":   {floor: 2, why: "which test proves which sentence of the policy"},

	// 3: plugs
	"internal/store/sqlite":        {floor: 3, plug: true, why: "the embedded engine"},
	"internal/store/mongo":         {floor: 3, plug: true, why: "the distributed engine"},
	"internal/store/storetest":     {floor: 3, testing: true, why: "the laws of an engine"},
	"internal/store/flaky":         {floor: 3, testing: true, why: "an engine that fails on command"},
	"internal/staff/oidc":          {floor: 3, plug: true, why: "the operator's identity provider"},
	"internal/staff/oidc/oidctest": {floor: 3, testing: true, why: "an identity provider that lies on command"},
	"internal/wechat/live":         {floor: 3, plug: true, why: "WeChat through its SDK"},
	"internal/wechat/sandbox":      {floor: 3, plug: true, why: "a server that imitates WeChat"},
	"internal/wechat/wechattest":   {floor: 3, testing: true, why: "the laws of a gateway"},

	// 4: edges
	"internal/web":     {floor: 4, why: "what both edges share"},
	"miniprogram-api":  {floor: 4, beside: []string{"internal/web"}, why: "what a mini-program sees"},
	"internal/console": {floor: 4, beside: []string{"internal/web"}, why: "what staff see"},

	// 5: wiring
	"internal/app":         {floor: 5, why: "opens, runs and closes the program"},
	"internal/app/browser": {floor: 5, beside: []string{"internal/app", "internal/app/apptest"}, testing: true, why: "the console in a real browser"},
	"internal/app/apptest": {floor: 5, beside: []string{"internal/app"}, testing: true, why: "the running program in a test"},
	"internal/cli":         {floor: 5, beside: []string{"internal/app"}, why: "commands and flags"},
	"internal/bench":       {floor: 5, beside: []string{"internal/app"}, why: "load, and the limits it is measured against"},

	// 6: programs
	"cmd/zhiqing":        {floor: 6, why: "the program"},
	"cmd/zhiqing-bench":  {floor: 6, why: "starts internal/bench"},
	"scripts/testreport": {floor: 6, why: "scripts/test's reader of go test -json"},
}

// proves reports whether f is a test, or lives in a room that only tests import.
func (f file) proves() bool { return f.test || building[f.room].testing }

// wiring is the lowest floor that may name a plug; it and those above choose engines and gateways.
const wiring = 5

// floors applies the table.
func floors(files []file) []Breach {
	var out []Breach
	for _, f := range files {
		from, known := building[f.room]
		if !known {
			out = append(out, breach(f.room, "no floor: give it one in internal/rooms/floors.go and say why"))
			continue
		}
		for name, pos := range f.imports() {
			to, ours := strings.CutPrefix(name, module+"/")
			if !ours || to == f.room {
				continue
			}
			if reason := f.mayNotImport(from, to); reason != "" {
				out = append(out, breach(f.at(pos), "imports %s: %s", to, reason))
			}
		}
	}
	return out
}

// mayNotImport says why f, which lives in from, may not import the room called name; "" when it may.
func (f file) mayNotImport(from room, name string) string {
	to, known := building[name]
	switch {
	case !known:
		return "it has no floor in internal/rooms/floors.go"
	case f.proves():
		return testMayNotImport(from, to)
	case to.testing:
		return "it is for tests only"
	case to.plug && from.floor < wiring:
		return "only internal/app names engines and gateways"
	case from.floor < to.earliest:
		return "rules are data for capabilities; a mechanism takes values"
	case to.floor > from.floor:
		return "imports go down, never up: declare a small interface and let internal/app plug it in"
	case to.floor == from.floor && !slices.Contains(from.beside, name):
		return "sideways only by name: say in internal/rooms/floors.go why, or declare a small interface"
	}
	return ""
}

// testMayNotImport lets tests use plugs and neighbours, but a test of a capability that needs an edge tests too much.
func testMayNotImport(from, to room) string {
	if to.floor > max(from.floor, 3) {
		return "a test goes up to the plugs, not to the edges: whole lives are told in internal/app"
	}
	return ""
}
