package miniprogramapi

import (
	"context"
	"time"

	"zhiqing/internal/notice"
	"zhiqing/internal/web"
)

type noticeWire struct {
	Kind        string    `json:"kind" example:"privacy"`
	Version     string    `json:"version" example:"1.0"`
	Language    string    `json:"language" enum:"zh-CN,en"`
	Title       string    `json:"title"`
	SHA256      string    `json:"sha256" doc:"markdown 字节的 SHA-256，回执以此指认文本 · Hash of the bytes of markdown, as receipts name it"`
	EffectiveAt time.Time `json:"effective_at"`
	Material    bool      `json:"material" doc:"是否实质变更（须重新同意） · Whether the change needs consent again"`
	Affects     []string  `json:"affects" doc:"实质变更所影响的目的 · Purposes whose consent a material change ends"`
	Summary     string    `json:"summary_of_changes"`
	Markdown    string    `json:"markdown,omitempty" doc:"全文；列表中省略 · The text; left out of lists"`
}

func wireNotice(n notice.Notice) noticeWire {
	return noticeWire{
		Kind: n.Kind, Version: n.Version, Language: n.Language, Title: n.Title, SHA256: n.SHA256, EffectiveAt: n.EffectiveAt,
		Material: n.Material, Affects: append([]string{}, n.Affects...), Summary: n.SummaryOfChanges, Markdown: n.Markdown,
	}
}

// noticeOut may be kept by caches for a while and is revalidated by its hash: notices are public and immutable.
type noticeOut struct {
	CacheControl string `header:"Cache-Control"`
	ETag         string `header:"ETag"`
	Vary         string `header:"Vary"`
	Body         noticeWire
}

const noticeCache = "public, max-age=60"

// Conditional is embedded in what a read takes. Its name is exported because huma passes over embedded types that are not.
type Conditional struct {
	IfNoneMatch string `header:"If-None-Match" doc:"上次得到的 ETag · The ETag of the copy at hand"`
}

func (c Conditional) answer(n notice.Notice, err error) (*noticeOut, error) {
	if err != nil {
		return nil, err
	}
	tag := `"` + n.SHA256 + `"`
	if web.Fresh(c.IfNoneMatch, tag) {
		return nil, web.NotModified(tag, noticeCache, "Accept-Language")
	}
	return &noticeOut{CacheControl: noticeCache, ETag: tag, Vary: "Accept-Language", Body: wireNotice(n)}, nil
}

func (a *API) currentNotice(ctx context.Context, in *struct {
	Conditional
	Kind string `path:"kind" maxLength:"32"`
}) (*noticeOut, error) {
	return in.answer(a.Notices.Current(in.Kind, web.Lang(ctx)))
}

func (a *API) noticeVersion(ctx context.Context, in *struct {
	Conditional
	Kind    string `path:"kind" maxLength:"32"`
	Version string `path:"version" maxLength:"32"`
}) (*noticeOut, error) {
	return in.answer(a.Notices.Get(in.Kind, in.Version, web.Lang(ctx)))
}

func (a *API) noticeByDigest(_ context.Context, in *struct {
	Conditional
	SHA256 string `path:"sha256" pattern:"^[0-9a-f]{64}$"`
}) (*noticeOut, error) {
	return in.answer(a.Notices.ByDigest(in.SHA256))
}

type noticeListOut struct {
	Body struct {
		Items []noticeWire `json:"items" doc:"由新到旧，不含全文 · Newest first, without the text"`
	}
}

func (a *API) noticeVersions(ctx context.Context, in *struct {
	Kind string `path:"kind" maxLength:"32"`
}) (*noticeListOut, error) {
	if _, err := a.Notices.Current(in.Kind, web.Lang(ctx)); err != nil {
		return nil, err
	}
	out := &noticeListOut{}
	out.Body.Items = []noticeWire{}
	for _, n := range a.Notices.Versions(in.Kind, web.Lang(ctx)) {
		w := wireNotice(n)
		w.Markdown = ""
		out.Body.Items = append(out.Body.Items, w)
	}
	return out, nil
}
