package miniprogramapi

import (
	"bytes"
	"context"
	"errors"
	"time"

	"zhiqing/internal/consent"
	"zhiqing/internal/fault"
	"zhiqing/internal/ledger"
	"zhiqing/internal/web"
)

type receiptOut struct {
	Body struct {
		EntryID string         `json:"entry_id"`
		JWS     string         `json:"jws" doc:"签名的回执；可用 /.well-known/jwks.json 中的公钥离线核验 · The signed receipt, verifiable offline with the published keys"`
		Receipt ledger.Receipt `json:"receipt" doc:"同一内容，字段名依 ISO/IEC TS 27560 · The same, readable, with the field names of ISO/IEC TS 27560"`
	}
}

type entryIn struct {
	EntryID string `path:"entry_id" maxLength:"64" example:"ent_s…-1"`
}

// receipt is made and signed when it is asked for: the entry is the record, a receipt is a rendering of it.
func (a *API) receipt(ctx context.Context, in *entryIn) (*receiptOut, error) {
	return a.receiptOf(ctx, principal(ctx).Owner, in.EntryID, "")
}

// receiptOf renders and signs an entry of a book; for a guardian (link is theirs) only what they have decided themselves.
func (a *API) receiptOf(ctx context.Context, book, entryID, link string) (*receiptOut, error) {
	r, err := a.Consents.Receipt(ctx, book, entryID, web.Lang(ctx))
	if err != nil {
		return nil, err
	}
	if link != "" && (r.PRC.Guardian == nil || r.PRC.Guardian.LinkID != link) {
		return nil, consent.ErrNoEntry
	}
	jws, err := a.Receipts.SignReceipt(r)
	if err != nil {
		return nil, err
	}
	out := &receiptOut{}
	out.Body.EntryID, out.Body.JWS, out.Body.Receipt = entryID, jws, r
	return out, nil
}

type pageOut struct {
	ContentType string `header:"Content-Type"`
	CSP         string `header:"Content-Security-Policy"`
	Body        []byte
}

func (a *API) receiptPage(ctx context.Context, in *entryIn) (*pageOut, error) {
	r, err := a.Consents.Receipt(ctx, principal(ctx).Owner, in.EntryID, web.Lang(ctx))
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	if err := ledger.RenderReceipt(&page, r, web.Lang(ctx)); err != nil {
		return nil, err
	}
	return &pageOut{ContentType: "text/html; charset=utf-8", CSP: ledger.ReceiptCSP(), Body: page.Bytes()}, nil
}

type verifyIn struct {
	Body struct {
		Receipt string `json:"receipt" minLength:"1" maxLength:"60000" doc:"回执的 jws · The receipt's jws"`
	}
}

type verifyOut struct {
	Body struct {
		Valid   bool       `json:"valid" doc:"签名、摘要与内容一致 · Signature, hash and content agree"`
		Status  string     `json:"status" enum:"valid,superseded,unrecorded,invalid" doc:"superseded：此后另有决定，或已到期、因告知重大变更失效；unrecorded：记录已依规定删除或不在本系统 · superseded: a later decision exists, or it has run out or lost its notice; unrecorded: genuine, but no longer on file here"`
		Reason  string     `json:"reason,omitempty" doc:"无效的原因 · Why it is invalid"`
		EntryID string     `json:"entry_id,omitempty"`
		Purpose string     `json:"purpose,omitempty"`
		State   string     `json:"state,omitempty" doc:"回执所载的决定 · The decision that the receipt is about"`
		Time    *time.Time `json:"time,omitempty"`
	}
}

// verifyReceipt tells anyone who holds a receipt whether it is ours and whether the decision still stands. It says nothing
// that is not in the receipt, except that there is something newer.
func (a *API) verifyReceipt(ctx context.Context, in *verifyIn) (*verifyOut, error) {
	out := &verifyOut{}
	r, err := ledger.VerifyReceipt(in.Body.Receipt, a.Verifier)
	var why *fault.Fault
	switch {
	case errors.As(err, &why):
		out.Body.Status, out.Body.Reason = "invalid", why.Text.In(web.Lang(ctx))
		return out, nil
	case err != nil:
		return nil, err
	}
	status, err := a.Consents.OnFile(ctx, r)
	if err != nil {
		return nil, err
	}
	if status == consent.FileContradicts {
		out.Body.Status, out.Body.Reason = "invalid", errContradicted.Text.In(web.Lang(ctx))
		return out, nil
	}
	out.Body.Valid, out.Body.Status, out.Body.EntryID = true, string(status), r.Header.RecordID
	out.Body.Purpose, out.Body.State, out.Body.Time = r.Processing.Purposes[0].PurposeCode, r.Events[0].State, &r.Events[0].Time
	return out, nil
}

// errContradicted is what a genuine receipt proves when the book says something else: the book was changed.
var errContradicted = fault.Define(fault.Conflict, "receipt.contradicts_record", "回执真实，但与现存记录不符；请联系运营者核查。", "The receipt is genuine, but the record on file differs; please ask the operator to investigate.")

type jwksOut struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

func (a *API) jwks(context.Context, *struct{}) (*jwksOut, error) {
	return &jwksOut{ContentType: "application/jwk-set+json", CacheControl: "public, max-age=300", Body: a.Receipts.JWKS()}, nil
}
