package miniprogramapi

import (
	"context"
	"time"

	"zhiqing/internal/report"
)

// Reports takes what somebody without an account tells us, and the answers of those whom it is about.
type Reports interface {
	Lodge(ctx context.Context, l report.Lodged) (report.Report, error)
	Answer(ctx context.Context, who, number, date, retry string) (report.Report, error)
}

type reportIn struct {
	Body struct {
		Kind          string `json:"kind" minLength:"1" maxLength:"32" example:"minor_data" doc:"minor_data：这里有未成年人的信息 · a minor's data is here; complaint：投诉 · a complaint"`
		PrivacyNumber string `json:"privacy_number,omitempty" maxLength:"32" example:"PN-7ZK3-Q9MC" doc:"对方的隐私编号，如果知道 · The account's privacy number, if it is known"`
		Text          string `json:"text,omitempty" maxLength:"2000" doc:"情况说明；加密保存 · In your own words; kept encrypted"`
	}
}

type reportOut struct {
	Body struct {
		Number      string    `json:"number" example:"RP-7ZK3-Q9MC"`
		ReceivedAt  time.Time `json:"received_at"`
		DueAt       time.Time `json:"due_at" doc:"最迟在此时间前处理（按中国工作日计算） · Dealt with by then, counted in China's working days"`
		Provisional bool      `json:"due_provisional,omitempty"`
	}
}

// report answers the same whether the privacy number leads to somebody or not.
func (a *API) report(ctx context.Context, in *reportIn) (*reportOut, error) {
	r, err := a.Reports.Lodge(ctx, report.Lodged{Kind: report.Kind(in.Body.Kind), PrivacyNumber: in.Body.PrivacyNumber, Text: in.Body.Text})
	if err != nil {
		return nil, err
	}
	out := &reportOut{}
	out.Body.Number, out.Body.ReceivedAt, out.Body.DueAt, out.Body.Provisional = r.Number, r.ReceivedAt, r.DueAt, r.Provisional
	return out, nil
}

type answerIn struct {
	Number         string `path:"number" maxLength:"32" example:"RP-7ZK3-Q9MC"`
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255"`
	Body           struct {
		Date string `json:"date" minLength:"10" maxLength:"10" doc:"出生日期，YYYY-MM-DD。日期本身不保存 · Your birth date; the date itself is not kept" example:"1990-05-17"`
	}
}

type answerOut struct {
	Body struct {
		Number  string `json:"number"`
		AgeBand string `json:"age_band" enum:"under_14,14_17,adult"`
		Paused  bool   `json:"paused" doc:"可选用途是否仍因此暂停 · Whether optional purposes still pause because of it"`
	}
}

// answerReport is the way out for the person whom a report is about.
func (a *API) answerReport(ctx context.Context, in *answerIn) (*answerOut, error) {
	r, err := a.Reports.Answer(ctx, principal(ctx).Owner, in.Number, in.Body.Date, in.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	out := &answerOut{}
	out.Body.Number, out.Body.AgeBand, out.Body.Paused = r.Number, string(r.Band), r.AnsweredAt.IsZero() && !r.State.Over()
	return out, nil
}
