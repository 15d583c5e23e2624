package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"zhiqing/internal/fault"
)

// noBody is how huma says, outside of its list of errors, that a body is missing.
const noBody = "request body is required"

// maxFields bounds the wrong inputs that one answer names.
const maxFields = 32

// newProblem is huma.NewError: it makes a problem of what huma, or a handler through huma, reports. The message is not
// shown: it may be anybody's text. What is shown comes from a fault, or from the table of messages.
func newProblem(status int, message string, errs ...error) huma.StatusError {
	for _, err := range errs {
		if f := faultIn(err); f != nil {
			return problemOf(f, err)
		}
	}
	f, known := byStatus[status]
	switch {
	case status == http.StatusNotModified || status == 0: // 304 has no body, and 0 is huma asking for the type
		return &Problem{Status: status, cause: errInternal}
	case !known:
		return problemOf(errInternal, errors.Join(errs...))
	case message == noBody:
		errs = []error{&huma.ErrorDetail{Location: "body", Message: noBody}}
	}
	return problemOf(withFields(f, errs), nil)
}

// withFields adds what huma found wrong, field by field, in our own words.
func withFields(f *fault.Fault, errs []error) *fault.Fault {
	for _, err := range errs[:min(len(errs), maxFields)] {
		var detail huma.ErrorDetailer
		if errors.As(err, &detail) {
			d := detail.ErrorDetail()
			path, text := explain(d.Location, d.Message)
			f = f.At(path, text.ZH, text.EN)
		}
	}
	return f
}

// faultIn finds the fault in err's chain; a context that ended makes one; nil when there is none.
func faultIn(err error) *fault.Fault {
	var f *fault.Fault
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return errOverdue.Because(err)
	}
	return nil
}

func problemOf(f *fault.Fault, err error) *Problem {
	return &Problem{Type: typePrefix + f.Code, Status: statusOf(f), Code: f.Code, cause: f, err: err}
}

// problemFrom translates whatever a Fiber handler returned.
func problemFrom(err error) *Problem {
	var p *Problem
	var own *fiber.Error
	switch {
	case errors.As(err, &p):
		return p
	case faultIn(err) != nil:
		return problemOf(faultIn(err), err)
	case !errors.As(err, &own):
		return problemOf(errInternal, err)
	case own.Code == http.StatusBadRequest:
		return problemOf(errHTTP, nil)
	}
	if f, known := byStatus[own.Code]; known {
		return problemOf(f, nil)
	}
	return problemOf(errInternal, err)
}

// finishProblem is a huma transformer: here a problem meets its request.
func (e *Edge) finishProblem(ctx huma.Context, _ string, answer any) (any, error) {
	failed, ok := answer.(huma.StatusError)
	if !ok {
		return answer, nil
	}
	p, ok := failed.(*Problem)
	if !ok { // an error of huma's own type, made before New: its text is not ours
		p = newProblem(failed.GetStatus(), "").(*Problem)
	}
	if p.Status != http.StatusNotModified {
		e.finish(ctx.Context(), p, ctx.SetHeader)
	}
	for _, h := range p.headers {
		if h[1] != "" {
			ctx.SetHeader(h[0], h[1])
		}
	}
	return p, nil
}

// fail is Fiber's error handler: every error outside of huma's operations ends here.
func (e *Edge) fail(c *fiber.Ctx, err error) error {
	if requestOf(c.UserContext()) == nil {
		return e.failUnread(c, err)
	}
	p := problemFrom(err)
	e.finish(c.UserContext(), p, c.Set)
	body, err := json.Marshal(p)
	if err != nil {
		return err // only Extra can cause it, and nothing has been written yet
	}
	c.Set(fiber.HeaderContentType, problemType)
	return c.Status(p.Status).Send(body)
}

// failUnread answers a request that could not be read to its end, and so has not come through around.
func (e *Edge) failUnread(c *fiber.Ctx, err error) error {
	r, cancel := e.begin(c)
	defer cancel()
	lingerOn(c.Context().Conn())
	err = e.fail(c, err)
	e.answered(c, r, 0)
	return err
}

// finish speaks the client's language, adds the headers that the status calls for, and logs what only we may know.
func (e *Edge) finish(ctx context.Context, p *Problem, set func(name, value string)) {
	p.speak(Lang(ctx))
	p.Instance = "urn:zhiqing:request:" + RequestID(ctx)
	set("Content-Language", Lang(ctx))
	set("Cache-Control", "no-store")
	switch p.Status {
	case http.StatusUnauthorized:
		set("WWW-Authenticate", "Bearer")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		set("Retry-After", seconds(p.cause.Retry))
	}
	if p.Status >= http.StatusInternalServerError && p.err != nil {
		e.options.Log.LogAttrs(ctx, slog.LevelError, "failed", slog.String("code", p.Code), slog.String("cause", causeText(p)))
	}
}

// causeText is for the log only, whose handler redacts it (observe).
func causeText(p *Problem) string {
	if cause := p.cause.Unwrap(); cause != nil {
		return cause.Error()
	}
	return p.err.Error()
}

// retryUnknown is what a client is told when nothing better is known.
const retryUnknown = 5 * time.Second

// seconds rounds up: coming back early would only fail again.
func seconds(d time.Duration) string {
	if d <= 0 {
		d = retryUnknown
	}
	return strconv.Itoa(int(math.Ceil(d.Seconds())))
}

// Explain is the problem that an error is, in lang, for a page that shows it itself. It sets the headers and writes the log
// as a problem document would. set is the answer's way to set a header.
func (e *Edge) Explain(ctx context.Context, err error, lang string, set func(name, value string)) *Problem {
	p := problemFrom(err)
	e.finish(ctx, p, set)
	p.speak(lang)
	set("Content-Language", lang)
	return p
}
