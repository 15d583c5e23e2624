package sqlite_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"zhiqing/internal/store"
	"zhiqing/internal/store/sqlite"
)

// stored is how many documents the benchmarks read among; set ZHIQING_BENCH_DOCS=1000000 for the figures of the design.
func stored(b *testing.B) int {
	n := 100_000
	if s := os.Getenv("ZHIQING_BENCH_DOCS"); s != "" {
		if _, err := fmt.Sscan(s, &n); err != nil {
			b.Fatal(err)
		}
	}
	return n
}

// storedID is the nth of total stored ids, in order, which fills fast; newID falls anywhere between them, as random ids do.
func storedID(n, total int) string {
	return fmt.Sprintf("sub_%016x", uint64(n)*(math.MaxUint64/uint64(total)))
}
func newID(n int) string { return fmt.Sprintf("sub_%016x", uint64(n+1)*0x9E3779B97F4A7C15) }

// benchDocument has about 400 bytes and a place in an index by time.
func benchDocument(b *testing.B, id string, n int) store.Document {
	body, err := bson.Marshal(bson.D{{Key: "v", Value: make([]byte, 400)}})
	if err != nil {
		b.Fatal(err)
	}
	return store.Document{ID: id, Body: body, Keys: map[string][]string{"by_time": {store.Key(n)}}}
}

// filled opens an engine that holds stored(b) documents of about 400 bytes, and reports how long opening again takes.
func filled(b *testing.B) *sqlite.Engine {
	ctx, path := context.Background(), filepath.Join(b.TempDir(), "bench.db")
	e, err := sqlite.Open(ctx, path)
	if err != nil {
		b.Fatal(err)
	}
	declare := func() {
		if err := e.Declare(ctx, store.Schema{Name: "books", Indexes: []string{"by_time"}}); err != nil {
			b.Fatal(err)
		}
	}
	declare()
	for n, batch := 0, make([]store.Document, 0, 10_000); n < stored(b); batch = batch[:0] {
		for range min(cap(batch), stored(b)-n) {
			batch = append(batch, benchDocument(b, storedID(n, stored(b)), n))
			n++
		}
		if err := e.InsertMany(ctx, "books", batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	if e, err = sqlite.Open(ctx, path); err != nil {
		b.Fatal(err)
	}
	declare()
	b.Logf("%d documents, opened in %v", stored(b), time.Since(begin).Round(time.Millisecond))
	b.Cleanup(func() { _ = e.Close() })
	return e
}

func BenchmarkPointRead(b *testing.B) {
	e, n, ctx := filled(b), stored(b), context.Background()
	var next atomic.Int64
	for _, mode := range []string{"one", "parallel"} {
		b.Run(mode, func(b *testing.B) {
			read := func() {
				if _, err := e.Get(ctx, "books", storedID(int(next.Add(7919))%n, n)); err != nil {
					b.Error(err)
				}
			}
			if mode == "one" {
				for b.Loop() {
					read()
				}
				return
			}
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					read()
				}
			})
		})
	}
}

// BenchmarkGroupCommit inserts from 64 goroutines; every insert is durable when it returns.
func BenchmarkGroupCommit(b *testing.B) {
	e, n, ctx := filled(b), stored(b), context.Background()
	var next atomic.Int64
	next.Store(int64(n))
	b.ResetTimer()       // filling is not what is measured
	b.SetParallelism(32) // times GOMAXPROCS, 2 on the machine of the design
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			i := int(next.Add(1))
			if err := e.Insert(ctx, "books", benchDocument(b, newID(i), i)); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "inserts/s")
}
