package observe

import (
	"regexp"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

const namespace = "zhiqing"

// maxValues bounds the distinct values of one label. Our widest label is the route, of which there are fewer than 100.
const maxValues = 200

// other stands for every value that may not be a label.
const other = "other"

// shape is what a label value may look like: a name, or a route's template.
var shape = regexp.MustCompile(`^[A-Za-z0-9_./{}:*-]{1,80}$`)

// family is one metric and the values that its labels have taken.
type family[V prometheus.Collector] struct {
	vec  V
	mu   sync.Mutex
	seen map[int]map[string]bool // position of the label → values
}

func newFamily[V prometheus.Collector](vec V) *family[V] {
	return &family[V]{vec: vec, seen: map[int]map[string]bool{}}
}

// bound returns values with "other" in place of each that is misshapen, looks like a person, or is one too many.
func (f *family[V]) bound(values ...string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, value := range values {
		if !f.admit(i, value) {
			values[i] = other
		}
	}
	return values
}

func (f *family[V]) admit(i int, value string) bool {
	known := f.seen[i]
	if known[value] {
		return true
	}
	if len(known) >= maxValues || !shape.MatchString(value) || scrub(value) != value {
		return false
	}
	if known == nil {
		known = map[string]bool{}
		f.seen[i] = known
	}
	known[value] = true
	return true
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

// histogram has buckets from half a millisecond to ten seconds, the default request time-out.
func histogram(name, help string, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: name, Help: help,
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, labels)
}
