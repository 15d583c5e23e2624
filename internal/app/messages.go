package app

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"zhiqing/internal/ident"
	"zhiqing/internal/message"
	"zhiqing/internal/report"
	"zhiqing/internal/wechat"
	"zhiqing/internal/wechat/push"
)

// Here what people are told, and what is told to us without an account or by WeChat, is plugged together.

// privacyPage is the mini-program's page that a WeChat message opens.
const privacyPage = "pages/privacy/index"

// openOutreach opens all three; doer does to accounts what a report or a push asks for.
func (a *App) openOutreach(ctx context.Context, gateway wechat.Gateway, doer interface {
	report.Accounts
	push.Accounts
}) error {
	if err := a.openMessages(ctx, gateway); err != nil {
		return err
	}
	if err := a.openReports(ctx, doer); err != nil {
		return err
	}
	return a.openPushes(ctx, inWeChat{doer, a})
}

func (a *App) openMessages(ctx context.Context, gateway wechat.Gateway) error {
	templates, err := message.ParseTemplates(a.config.WeChat.Templates)
	if err != nil {
		return err
	}
	a.Messages, err = message.Open(ctx, message.Options{
		Engine: a.engine, Subjects: a.Subjects, WeChat: gateway, Templates: templates, Page: privacyPage, Now: a.now,
		Failed: func(kind message.Kind, cause error) {
			a.log.Warn("a WeChat message did not get through; it waits in the inbox", "kind", kind, "error", cause)
		},
	})
	return err
}

// reportTeller lets package report speak to people.
type reportTeller struct{ desk *message.Desk }

func (t reportTeller) Tell(ctx context.Context, who string, what report.Told, number, key string) error {
	return t.desk.Tell(ctx, who, message.Kind(what), message.Refs{Request: number}, key)
}

func (a *App) openReports(ctx context.Context, pauser report.Accounts) (err error) {
	a.Reports, err = report.Open(ctx, report.Options{
		Engine: a.engine, Subjects: a.Subjects, Vault: a.vault, Accounts: pauser, Ages: a.Guardians, Rules: a.minors,
		Teller: reportTeller{a.Messages}, Deadline: a.workdays, Poke: a.pokeOutreach, Now: a.now, IDs: ident.Source{Reader: rand.Reader},
		Failed: func(number string, cause error) {
			a.log.Error("a report could not be carried out; it will be tried again", "number", number, "error", cause)
		},
	})
	return err
}

// inWeChat does to accounts what people ask for in WeChat. No request stands behind it whose steps would see to the rest, so
// closing goes through every holding here, after the account itself has ended. It may run again after a crash.
type inWeChat struct {
	push.Accounts
	a *App
}

func (x inWeChat) Close(ctx context.Context, id, reason string) (proof string, err error) {
	if proof, err = x.Accounts.Close(ctx, id, reason); err != nil {
		return "", err
	}
	for _, h := range x.a.Holdings() {
		if _, err := h.Erase(ctx, id); err != nil {
			return "", err
		}
	}
	return proof, nil
}

func (a *App) openPushes(ctx context.Context, accounts push.Accounts) (err error) {
	a.Pushes, err = push.Open(ctx, push.Options{
		Engine: a.engine, AppID: a.appID(), Token: a.pushToken(), AESKey: a.pushAESKey(), Key: a.keys.Derive("wechat-push"),
		People: a.Subjects, Accounts: accounts, Poke: a.pokeOutreach, Now: a.now,
		Tell: func(ctx context.Context, subject, key string) error {
			return a.Messages.Tell(ctx, subject, message.WeChatErased, message.Refs{}, key)
		},
		Failed: func(event string, cause error) {
			a.log.Error("what WeChat told could not be carried out; it will be tried again", "event", event, "error", cause)
		},
	})
	return err
}

// outreachJob names the job below, and outreachEvery is how often it looks for what nobody has poked for.
const (
	outreachJob   = "outreach"
	outreachEvery = 5 * time.Second
)

// workOutreach carries out what was reported and pushed, and sends messages. A failure of one does not keep the others back.
func (a *App) workOutreach(ctx context.Context) (n int, err error) {
	for _, work := range []func(context.Context) (int, error){a.Reports.Work, a.Pushes.Work, a.Messages.Send} {
		some, failed := work(ctx)
		n, err = n+some, errors.Join(err, failed)
	}
	return n, err
}

func (a *App) pokeOutreach() { a.Jobs.Poke(outreachJob) }

// SweepOutreach deletes messages, reports and events whose life is over.
func (a *App) SweepOutreach(ctx context.Context) (n int, err error) {
	for _, sweep := range []func(context.Context) (int, error){a.Messages.Sweep, a.Reports.Sweep, a.Pushes.Sweep} {
		some, err := sweep(ctx)
		n += some
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
