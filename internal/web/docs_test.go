package web

import (
	"encoding/json"
	"regexp"
	"strings"
	"sync"
	"testing"
)

func TestTheDocumentIsOpenAPI31AndStable(t *testing.T) {
	b := start(t, nil)
	var doc struct {
		OpenAPI string
		Paths   map[string]any
	}
	if err := json.Unmarshal([]byte(b.send(t, "GET", "/openapi.json", "").body), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") || doc.Paths["/decide"] == nil {
		t.Errorf("%+v", doc)
	}
	yaml, err := b.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	again, _ := b.OpenAPI()
	if served := b.send(t, "GET", "/openapi.yaml", "").body; served != string(yaml) || string(again) != string(yaml) {
		t.Error("the document differs from one time to the next")
	}
	if strings.Contains(string(yaml), "$schema") {
		t.Error("answers would link to schemas that are not served")
	}
}

func TestTheDocsPageLoadsNothingFromElsewhere(t *testing.T) {
	b := start(t, nil)
	a := b.send(t, "GET", "/docs", "")
	if a.status != 200 || a.header.Get("Content-Security-Policy") != pagePolicy {
		t.Fatalf("%d %v", a.status, a.header)
	}
	css := b.send(t, "GET", "/docs/style.css", "")
	if css.status != 200 || css.header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Fatalf("%d %v", css.status, css.header)
	}
	for _, banned := range []string{"<script", "style=", "<img", "<iframe", "@import", "url(", "onclick", "javascript:"} {
		if strings.Contains(a.body+css.body, banned) {
			t.Errorf("the page has %s", banned)
		}
	}
	for _, link := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(a.body, -1) {
		if !strings.HasPrefix(link[1], "#") && (!strings.HasPrefix(link[1], "/") || b.send(t, "GET", link[1], "").status != 200) {
			t.Errorf("a link to %s", link[1])
		}
	}
	ids := map[string]bool{}
	for _, id := range regexp.MustCompile(`id="([^"]*)"`).FindAllStringSubmatch(a.body, -1) {
		if ids[id[1]] {
			t.Errorf("two elements are %s", id[1])
		}
		ids[id[1]] = true
	}
	for _, link := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(a.body, -1) {
		if !ids[link[1]] {
			t.Errorf("#%s leads nowhere", link[1])
		}
	}
}

func TestTheDocsPageSaysWhatAnOperationNeeds(t *testing.T) {
	b := start(t, nil, func(b *bench) { b.DocumentFaults(errOutdated) })
	zh, en := b.send(t, "GET", "/docs", "").body, b.send(t, "GET", "/docs?lang=en", "").body
	for _, want := range []string{`lang="zh-CN"`, ">决定<", ">说明<", ">目的 ", "/decide", "访客与登录用户", "任何人", "grant | refuse", "2–8 个字符", "consent.notice_outdated", "告知文本已更新", "dry_run", "&#34;profile&#34;"} {
		if !strings.Contains(zh, want) {
			t.Errorf("the Chinese page does not say %s", want)
		}
	}
	for _, want := range []string{`lang="en"`, ">Decide<", ">Description<", "Guests and users", "2–8 characters", "The notice has changed"} {
		if !strings.Contains(en, want) {
			t.Errorf("the English page does not say %s", want)
		}
	}
	if strings.Contains(zh, "Decide<") || strings.Contains(en, "决定") {
		t.Error("a page speaks both languages")
	}
}

func TestTheDocumentIsMadeOnceForEveryone(t *testing.T) {
	b := start(t, nil)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if a := b.send(t, "GET", "/docs", "", "Accept-Language", "en"); a.status != 200 || a.header.Get("Content-Language") != "en" {
				t.Errorf("%d %v", a.status, a.header)
			}
		})
	}
	group.Wait()
}
