package console

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"zhiqing/internal/audit"
	"zhiqing/internal/fault"
	"zhiqing/internal/inspection"
	"zhiqing/internal/lookup"
	"zhiqing/internal/staff"
)

// The audit: who looked at what and why, searched, checked and packed for an auditor.

func (k *Console) auditRoutes() []route {
	return []route{
		{method: get, path: "/console/audit", needs: staff.AuditRead, do: k.audit},
		{method: post, path: "/console/audit/check", needs: staff.AuditRead, do: k.checkAudit},
		{method: post, path: "/console/audit/export", needs: staff.AuditExport, do: k.exportAudit},
	}
}

var (
	errPeriod = fault.Define(fault.Invalid, "console.period", "请选择起止日期，最长一年。", "Choose the first and the last day, a year at most.")
	errMany   = fault.Define(fault.TooLarge, "console.pack_too_large", "这段时间的记录太多，请分段导出，或由运维用命令行导出。", "That period has too many rows. Export it in parts, or from the command line.")
	errBroken = fault.Define(fault.Conflict, "console.audit_broken", "审计链在这段时间内断裂，不能签名导出。请立即报告负责人。", "The chain is broken within that period, so it cannot be signed. Please tell the person in charge at once.")
)

type auditPage struct {
	Rows     []audit.Seen
	Names    map[string]string // of officers, by id
	Officers []staff.Account
	Reasons  []lookup.Reason
	By       string // actor, subject, reason
	Value    string
	From, To string // days in China, both inclusive
	Today    string
	More     string
	Checked  audit.Checked
	Walked   bool // the chain has been walked at least once
	Night    inspection.Outcome
	Nightly  bool // there has been an inspection
	Wrong    string
}

func (k *Console) audit(a *ask) error {
	page := auditPage{By: a.query.Get("by"), Value: strings.TrimSpace(a.query.Get("value")), From: a.query.Get("from"), To: a.query.Get("to")}
	return k.showAudit(a, page)
}

func (k *Console) showAudit(a *ask, page auditPage) (err error) {
	q := audit.Query{Limit: pageSize, After: a.query.Get("after")}
	switch page.By {
	case "actor":
		q.Actor = page.Value
	case "subject":
		q.Subject = page.Value
	case "reason":
		q.Reason = page.Value
	}
	if q.From, q.To, err = period(page.From, page.To); err != nil && page.Wrong == "" {
		page.Wrong = errPeriod.Text.In(a.lang)
	}
	var next string
	if page.Rows, next, err = k.o.Staff.ReadAudit(a, a.session, q); err != nil {
		return err
	}
	page.More, page.Today, page.Reasons = k.more(a, next), k.o.Now().In(china).Format(time.DateOnly), lookup.Reasons()
	if page.Officers, err = k.o.Staff.List(a); err != nil {
		return err
	}
	page.Names = map[string]string{}
	for _, officer := range page.Officers {
		page.Names[officer.ID] = officer.Name
	}
	if page.Checked, page.Walked, err = k.o.Staff.LastCheck(a); err != nil {
		return err
	}
	if page.Night, page.Nightly, err = k.o.Inspection.Last(a); err != nil {
		return err
	}
	return a.show("audit", page)
}

// period is the time from the beginning of one day in China to the end of another; "" leaves a side open.
func period(first, last string) (from, to time.Time, err error) {
	if first != "" {
		if from, err = time.ParseInLocation(time.DateOnly, first, china); err != nil {
			return time.Time{}, time.Time{}, errPeriod
		}
	}
	if last != "" {
		if to, err = time.ParseInLocation(time.DateOnly, last, china); err != nil {
			return time.Time{}, time.Time{}, errPeriod
		}
		to = to.AddDate(0, 0, 1)
	}
	return from.UTC(), to.UTC(), nil
}

func (k *Console) checkAudit(a *ask) error {
	if _, err := k.o.Staff.CheckAudit(a, a.session); err != nil {
		return err
	}
	return a.to("/console/audit", "walked")
}

// longestPack is how long a period one pack may be: a year, as the yearly audit needs (未成年人网络保护条例 art. 37).
const longestPack = 366 * 24 * time.Hour

func (k *Console) exportAudit(a *ask) error {
	if err := k.o.Staff.Allow(a, a.session, staff.AuditExport); err != nil { // before anything is counted for it
		return err
	}
	from, to, err := period(a.field("from"), a.field("to"))
	if err == nil && (from.IsZero() || to.IsZero() || !from.Before(to) || to.Sub(from) > longestPack) {
		err = errPeriod
	}
	if err != nil {
		a.c.Status(http.StatusUnprocessableEntity)
		return k.showAudit(a, auditPage{Wrong: errPeriod.Text.In(a.lang)})
	}
	var pack bytes.Buffer
	figures, err := k.o.Figures(a, from, to)
	if err == nil {
		_, err = k.o.Staff.PackAudit(a, a.session, &pack, from, to, figures, k.o.Signer)
	}
	switch {
	case errors.Is(err, audit.ErrMany):
		return errMany
	case errors.Is(err, audit.ErrBroken):
		return errBroken.Because(err)
	case err != nil:
		return err
	}
	a.c.Set(fiber.HeaderContentType, "application/jsonl; charset=utf-8")
	a.c.Set(fiber.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="audit-%s-%s.jsonl"`, from.In(china).Format("20060102"), to.Add(-1).In(china).Format("20060102")))
	return a.c.Send(pack.Bytes())
}
