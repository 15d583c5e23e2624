package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"zhiqing/config"
	"zhiqing/config/policy"
	"zhiqing/internal/audit"
	"zhiqing/internal/casework"
	"zhiqing/internal/consent"
	"zhiqing/internal/console"
	"zhiqing/internal/disclosure"
	"zhiqing/internal/guardian"
	"zhiqing/internal/halt"
	"zhiqing/internal/holding"
	"zhiqing/internal/ident"
	"zhiqing/internal/inspection"
	"zhiqing/internal/job"
	"zhiqing/internal/ledger"
	"zhiqing/internal/lookup"
	"zhiqing/internal/message"
	"zhiqing/internal/notice"
	"zhiqing/internal/observe"
	"zhiqing/internal/profile"
	"zhiqing/internal/purpose"
	"zhiqing/internal/report"
	"zhiqing/internal/retention"
	"zhiqing/internal/rights"
	"zhiqing/internal/service"
	"zhiqing/internal/session"
	"zhiqing/internal/staff"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
	"zhiqing/internal/tally"
	"zhiqing/internal/vault"
	"zhiqing/internal/web"
	"zhiqing/internal/wechat"
	"zhiqing/internal/wechat/push"
	"zhiqing/internal/workday"
	miniprogramapi "zhiqing/miniprogram-api"
)

// Options are what a program is built from. Config is required; the rest has the defaults of the real program.
type Options struct {
	Config config.Config
	Log    *slog.Logger
	Now    func() time.Time                              // default: the clock, in UTC, cut to milliseconds as the store keeps them
	Engine func(store.Engine) store.Engine               // tests: wraps the engine, for example to make it fail
	Policy fs.FS                                         // tests: another policy than the configured one
	Adults guardian.AdultCheck                           // default: guardian.PhoneRule
	WeChat func(context.Context) (wechat.Gateway, error) // tests: another gateway than the configured one
	// Passwords is what hashing a member of staff's password costs. Default: staff.DefaultCost; tests take less.
	Passwords staff.Cost
}

// App is the program, built and not yet serving.
type App struct {
	config      config.Config
	log         *slog.Logger
	now         func() time.Time
	engine      store.Engine
	trimmer     store.Trimmer // the same; nil = it has no log of its own
	schemas     *schemas      // of every collection that has been opened
	keys        ledger.Keyset
	vault       *vault.Vault
	sealing     keyWatch // the key file behind vault
	metrics     *observe.Metrics
	purposes    *purpose.Catalogue
	notices     *notice.Shelf
	minors      guardian.Rules
	calendar    *workday.Calendar
	periods     *retention.Policy
	companies   []rights.Recipient // to which data may be transferred
	sandbox     *sandboxServer     // nil in live mode
	Consents    *consent.Desk
	Sessions    *session.Desk
	Guardians   *guardian.Desk
	Profiles    *profile.Desk
	Rights      *rights.Desk
	Messages    *message.Desk
	Reports     *report.Desk
	Pushes      *push.Desk
	Retention   *retention.Desk
	Disclosures *disclosure.Desk
	Services    *service.Desk
	Halts       *halt.Desk
	Audit       *audit.Log
	Staff       *staff.Desk
	Lookups     *lookup.Desk
	Casework    *casework.Desk
	Tally       *tally.Desk
	Inspection  *inspection.Desk
	Console     *console.Console
	roles       *staff.Roles
	passwords   staff.Cost
	registry    holding.Registry
	graves      *graves
	Subjects    *subject.Register
	Jobs        *job.Runner
	api         *miniprogramapi.API
	edge        *web.Edge
	torn        atomic.Bool // the audit's chain, as last checked
	inspected   atomic.Pointer[inspection.Outcome]
	closeOnce   []func() error
}

// Clock is the program's clock: UTC, in whole milliseconds, as the store keeps times.
func Clock() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// Open builds the program. What it opened is closed again when it fails. It opens the store, then the keys that belong to
// it, then the policy, and says what is wrong in words for the operator.
func Open(ctx context.Context, o Options) (a *App, err error) {
	if o.Now == nil {
		o.Now = Clock
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a = &App{
		config: o.Config, log: o.Log, now: o.Now, metrics: observe.New(), passwords: o.Passwords, graves: &graves{path: o.Config.Vault.Erasures},
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	engine, err := OpenStore(ctx, a.config.Store)
	if err != nil {
		return a, err
	}
	a.onClose(engine.Close)
	a.trimmer, _ = engine.(store.Trimmer)
	signing, sealing, err := OpenKeys(ctx, engine, a.config, a.now())
	if err != nil {
		return a, err
	}
	a.keys = signing
	if a.vault, err = vault.Open(vault.Options{Keys: sealing, Random: rand.Reader, Now: a.now}); err != nil {
		return a, err
	}
	a.sealing.keys = sealing
	if o.Engine != nil {
		engine = o.Engine(engine)
	}
	a.schemas = &schemas{}
	a.engine = noting{metered{engine, a.metrics}, a.schemas}
	if err := a.loadPolicy(ctx, o.Policy); err != nil {
		return a, err
	}
	gateway, err := a.openWeChat(ctx, o.WeChat)
	if err != nil {
		return a, err
	}
	if o.Adults == nil {
		o.Adults = guardian.PhoneRule{}
	}
	if err := a.openCapabilities(ctx, gateway, o.Adults); err != nil {
		return a, err
	}
	if _, err := a.eraseAgain(ctx); err != nil {
		return a, err
	}
	if err := a.openJobs(ctx, alone(o)); err != nil {
		return a, err
	}
	return a, a.openEdge()
}

func (a *App) onClose(f func() error) { a.closeOnce = append(a.closeOnce, f) }

// Close lets go of everything, newest first. Call it after Run has returned. Closing twice is fine.
func (a *App) Close() error {
	var errs []error
	for i := len(a.closeOnce) - 1; i >= 0; i-- {
		errs = append(errs, a.closeOnce[i]())
	}
	a.closeOnce = nil
	return errors.Join(errs...)
}

// PolicyFS is the operator's folder, or the policy built into the program.
func PolicyFS(dir string) fs.FS {
	if dir == "" {
		return policy.FS
	}
	return os.DirFS(dir)
}

// loadPolicy reads purposes and notices and publishes them. All problems of the files are reported at once.
func (a *App) loadPolicy(ctx context.Context, files fs.FS) error {
	if files == nil {
		files = PolicyFS(a.config.Policy.Dir)
	}
	catalogue, notices, err := ReadPolicy(files, a.config.Operator)
	if err != nil {
		return err
	}
	if a.minors, err = guardian.LoadRules(files); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	if a.calendar, err = workday.Load(files); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	if samples := catalogue.Samples(); a.config.InProduction() && len(samples) > 0 {
		return fmt.Errorf("policy: recipients.yaml: %s is only an example; production tells people who really receives their data: replace or disable it", samples[0].Code)
	}
	if a.periods, err = retention.Load(files, catalogue); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	if a.roles, err = staff.LoadRoles(files); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	if a.companies, err = rights.LoadRecipients(files, !a.config.InProduction()); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	a.purposes = catalogue
	if err := catalogue.Publish(ctx, a.engine); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	if a.notices, err = notice.Open(ctx, a.engine, notices, a.now); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	return nil
}

// ReadPolicy reads an operator's policy without publishing it.
func ReadPolicy(files fs.FS, operator config.Operator) (*purpose.Catalogue, []notice.Notice, error) {
	if _, err := fs.Stat(files, "."); err != nil {
		return nil, nil, fmt.Errorf("policy.dir: not a folder that can be read: %w", err)
	}
	catalogue, errPurposes := purpose.Load(files)
	folder, err := fs.Sub(files, "notices")
	if err != nil {
		return nil, nil, fmt.Errorf("policy: %w", err)
	}
	notices, errNotices := notice.Load(folder, map[string]string{
		"operator": operator.Name, "operator_address": operator.Address, "contact": operator.Contact, "dpo": operator.DPO,
	})
	if err := errors.Join(errPurposes, errNotices); err != nil {
		return nil, nil, fmt.Errorf("policy: %w", err)
	}
	return catalogue, notices, nil
}

// openCapabilities plugs the nouns into one another.
func (a *App) openCapabilities(ctx context.Context, gateway wechat.Gateway, adults guardian.AdultCheck) (err error) {
	ids := ident.Source{Reader: rand.Reader}
	if err := a.openTally(ctx); err != nil {
		return err
	}
	a.Consents, err = consent.Open(ctx, consent.Options{
		Engine: a.engine, Purposes: a.purposes, Notices: a.notices, Now: a.now, IDs: ids,
		CoolDown: a.config.Consent.CoolDown, GuestTTL: a.config.Session.GuestTTL,
		OnEnded: a.consentEnded, Observe: a.countConsents,
		Party: consent.Party{
			Name: a.config.Operator.Name, Address: a.config.Operator.Address, Contact: a.config.Operator.Contact, URL: a.config.BaseURL(),
		},
	})
	if err != nil {
		return err
	}
	a.Subjects, err = subject.Open(ctx, subject.Options{
		Engine: a.engine, AppID: a.appID(), Key: a.keys.Derive("identity"), Vault: a.vault, Now: a.now, IDs: ids, Ages: a.minors.At,
	})
	if err != nil {
		return err
	}
	a.Sessions, err = session.Open(ctx, session.Options{
		Engine: a.engine, Subjects: a.Subjects, WeChat: gateway, Signer: a.keys, Books: a.Consents, Key: a.keys.Derive("session"),
		Now: a.now, IDs: ids, AccessTTL: a.config.Session.AccessTTL, GuestTTL: a.config.Session.GuestTTL, UserTTL: a.config.Session.UserTTL,
		LoginGrace: loginGrace, CoolDown: a.config.Consent.CoolDown,
		Settle: func(ctx context.Context, id string) (subject.Subject, error) { return a.Guardians.Settle(ctx, id) },
	})
	if err != nil {
		return err
	}
	a.Profiles = profile.Open(profile.Options{
		Subjects: a.Subjects, Purposes: a.purposes, Consents: a.people(), WeChat: gateway, Rules: a.minors, Now: a.now,
	})
	a.Guardians = guardian.Open(guardian.Options{
		Subjects: a.Subjects, Consents: minorsBook{a.Consents}, Sessions: a.Sessions, WeChat: gateway, Adults: adults,
		Notices: childrensNotice{a.notices}, Prover: prover{a.keys}, Graves: a.graves, Others: a.eraseOthers, Tell: a.tellMinor, Rules: a.minors, Workdays: func(from time.Time, n int) time.Time { at, _ := a.workdays(from, n); return at }, Key: a.keys.Derive("guardian"),
		Page: guardianPage, Now: a.now, IDs: ids,
	})
	if err := a.openStaff(ctx, ids); err != nil {
		return err
	}
	if err := a.openRights(ctx, accounts{a}, ids); err != nil {
		return err
	}
	if err := a.openRetention(ctx); err != nil {
		return err
	}
	if err := a.openOutreach(ctx, gateway, accounts{a}); err != nil {
		return err
	}
	if err := a.openDisclosures(ctx); err != nil {
		return err
	}
	if err := a.openLookups(ctx, ids); err != nil {
		return err
	}
	if err := a.openCasework(); err != nil {
		return err
	}
	a.openHoldings()
	if err := a.openInspection(ctx); err != nil {
		return err
	}
	a.api = &miniprogramapi.API{
		Sessions: a.Sessions, Subjects: a.Subjects, Consents: a.Consents, Guardians: a.Guardians, Offers: a.Consents, Minors: a.minors, Profiles: a.Profiles, Rights: a.Rights, Messages: a.Messages, Reports: a.Reports, AccessLog: a.Lookups, Disclosed: a.Disclosures, Services: a.Services, Provider: a.Disclosures, Pushes: a.Pushes, Unsubscribe: leaflets{a, a.keys.Derive("unsubscribe")}, Fresh: a.fresh, Paused: a.people().Paused, Receipts: a.keys, Verifier: a.keys.Verifier(), Notices: a.notices, Purposes: a.purposes,
		CursorKey: a.keys.Derive("cursor"), Observe: observer{a.metrics, a.log, a.Tally, a.now},
		Contact: miniprogramapi.Contact{
			Operator: a.config.Operator.Name, Address: a.config.Operator.Address, Contact: a.config.Operator.Contact,
			DPO: a.config.Operator.DPO, ComplaintDays: a.config.Operator.ComplaintDays,
		},
	}
	return nil
}

// guardianPage is the mini-program's page that an invitation's code opens.
const guardianPage = "pages/guardian/index"

// loginGrace is how long one login code gets the same answer (design.md §4).
const loginGrace = 60 * time.Second
