package web

import (
	"errors"
	"net/netip"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"zhiqing/internal/fault"
)

func TestNewSessionsAreLimitedPerAddress(t *testing.T) {
	var skew atomic.Int64
	begin := time.Now()
	b := start(t, func(o *Options) {
		o.SessionsPerMinute, o.TrustedProxies = 6, []string{"127.0.0.1"}
		o.Now = func() time.Time { return begin.Add(time.Duration(skew.Load())) }
	})
	ask := func(from string) answer { return b.send(t, "POST", "/session", "", "X-Forwarded-For", from) }
	for i := range 6 {
		if a := ask("203.0.113.9"); a.status != 200 {
			t.Fatalf("session %d of 6: %s", i+1, a.body)
		}
	}
	a := ask("203.0.113.9")
	a.expectProblem(t, 429, "limit.sessions")
	if a.header.Get("Retry-After") != "10" {
		t.Errorf("Retry-After is %q, want 10", a.header.Get("Retry-After"))
	}
	if a := ask("203.0.113.10"); a.status != 200 {
		t.Error("another address is held too")
	}
	skew.Store(int64(10 * time.Second))
	if a := ask("203.0.113.9"); a.status != 200 {
		t.Errorf("after Retry-After: %d", a.status)
	}
	ask("203.0.113.9").expectProblem(t, 429, "limit.sessions")
}

func TestOneIPv6NetworkIsOneClient(t *testing.T) {
	b := start(t, func(o *Options) { o.SessionsPerMinute, o.TrustedProxies = 1, []string{"127.0.0.1"} })
	status := func(from string) int { return b.send(t, "POST", "/session", "", "X-Forwarded-For", from).status }
	if got := status("2001:db8:1:1::1"); got != 200 {
		t.Fatal(got)
	}
	if got := status("2001:db8:1:1:ffff::2"); got != 429 {
		t.Errorf("the same /64 got %d", got)
	}
	if got := status("2001:db8:1:2::1"); got != 200 {
		t.Errorf("another /64 got %d", got)
	}
}

func TestAnAccountIsLimited(t *testing.T) {
	now := time.Now()
	b := start(t, func(o *Options) { o.RequestsPerSecond, o.Now = 3, func() time.Time { return now } })
	for range 4 {
		if err := b.LimitAccount("sub_1"); err != nil {
			t.Fatal(err)
		}
	}
	err := b.LimitAccount("sub_1")
	var over *fault.Fault
	if !errors.As(err, &over) || over.Kind != fault.TooMany || over.Retry.Round(time.Millisecond) != 333*time.Millisecond {
		t.Errorf("%#v", err)
	}
	if err := b.LimitAccount("sub_2"); err != nil {
		t.Error("another account is held too")
	}
}

func TestNoLimitIsNoLimit(t *testing.T) {
	b := start(t, nil)
	for range 1000 {
		if b.LimitAccount("sub_1") != nil {
			t.Fatal("limited")
		}
	}
}

func TestAMillionAddressesStayInBoundedMemory(t *testing.T) {
	l, err := newLimiter[netip.Addr](2, 120, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	before := heap()
	for i := range 1_000_000 {
		l.take(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
	l.buckets.CleanUp()
	if size := l.buckets.EstimatedSize(); size > limitedKeys {
		t.Errorf("%d buckets are kept", size)
	}
	if grown := int64(heap()) - int64(before); grown > 64<<20 {
		t.Errorf("memory grew by %d MiB", grown>>20)
	}
	runtime.KeepAlive(l)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestRetryAfterIsRoundedUp(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "5", time.Millisecond: "1", time.Second: "1", 1001 * time.Millisecond: "2", time.Minute: "60"} {
		if got := seconds(d); got != want {
			t.Errorf("%v → %s, want %s", d, got, want)
		}
	}
}
