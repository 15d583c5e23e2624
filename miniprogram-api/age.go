package miniprogramapi

import (
	"context"
	"time"
)

type birthDateIn struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255" doc:"没收到回答时，以同一键值重试得到同样的结果 · Lets a client that lost the answer ask again"`
	Body           struct {
		Date string `json:"date" minLength:"10" maxLength:"10" doc:"出生日期，YYYY-MM-DD。日期本身不保存，只保存年龄段 · The date itself is not kept, only the age band" example:"1990-05-17"`
	}
}

type ageOut struct {
	Body struct {
		AgeBand   string  `json:"age_band" enum:"under_14,14_17,adult"`
		State     string  `json:"state" enum:"active,pending_guardian,restricted,closing,erased" doc:"帐号状态 · State of the account"`
		ChangesOn *string `json:"changes_on" format:"date" doc:"年龄段自这一天零时（北京时间）起变化；成年人为 null · The band changes at 00:00 China time of this day; null for adults" example:"2031-05-18"`
	}
}

// china is the zone of the law's days: UTC+8, without daylight saving time.
var china = time.FixedZone("CST", 8*60*60)

func (a *API) declareBirthDate(ctx context.Context, in *birthDateIn) (*ageOut, error) {
	told, err := a.Guardians.Declare(ctx, principal(ctx).Owner, in.Body.Date, in.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	out := &ageOut{}
	out.Body.AgeBand, out.Body.State = string(told.Band), string(told.State)
	if !told.ChangesOn.IsZero() {
		day := told.ChangesOn.In(china).Format(time.DateOnly)
		out.Body.ChangesOn = &day
	}
	return out, nil
}
