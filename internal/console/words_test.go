package console

import (
	"testing"
	"time"
)

func TestWhatPeopleWriteIsTextInMarkup(t *testing.T) {
	const evil = `"><script>alert('x')</script>&`
	want := `<span class="badge &#34;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;">&#34;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;</span>`
	if got := badge(evil, evil); string(got) != want {
		t.Errorf("got %s", got)
	}
}

func TestATimeIsADistanceWithTheExactTimeOnHover(t *testing.T) {
	now := time.Date(2026, 5, 2, 4, 0, 0, 0, time.UTC)
	if got := momentOf(now.Add(-2*time.Hour), now, "zh-CN").html(); got != `<time datetime="2026-05-02T02:00:00Z" title="2026-05-02 10:00:00（北京时间）">2 小时前</time>` {
		t.Errorf("got %s", got)
	}
	if got := momentOf(time.Time{}, now, "en").html(); got != "—" {
		t.Errorf("never is %s", got)
	}
}
