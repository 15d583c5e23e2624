package job

import (
	"context"
	"sync"
)

// hands is how many things a job does at once. Most of each is waiting for the store, which commits together what arrives
// together; more hands would only take the processors from the people who are waiting for an answer.
const hands = 8

// Spread does do for each of 0…n-1, several at once, and waits for all of them. One that fails does not keep the others from
// being done; once ctx has ended no further one is begun. It returns how many went well, and the failure that came first by
// number.
func Spread(ctx context.Context, n int, do func(i int) error) (done int, first error) {
	errs := make([]error, n)
	next := make(chan int)
	var all sync.WaitGroup
	for range min(hands, n) {
		all.Go(func() {
			for i := range next {
				errs[i] = do(i)
			}
		})
	}
	begun := 0
	for ; begun < n && ctx.Err() == nil; begun++ {
		next <- begun
	}
	close(next)
	all.Wait()
	for _, err := range errs[:begun] {
		if err == nil {
			done++
		} else if first == nil {
			first = err
		}
	}
	return done, first
}
