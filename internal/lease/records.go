package lease

import "time"

// record is a lease in the store; its id is the lease's name.
type record struct {
	Holder string    `bson:"holder,omitempty"`
	Until  time.Time `bson:"until,omitempty"`
	Fence  int64     `bson:"fence"`
	Done   time.Time `bson:"done,omitempty"`
}

func (r record) lease(name string) Lease {
	return Lease{Name: name, Fence: r.Fence, Until: r.Until.UTC(), Done: r.Done.UTC(), Holder: r.Holder}
}
