// Package store is the port between what the system means and where it is kept.
//
// It offers a typed collection: get, insert, update, delete, find over a declared index, and nothing else. There is no raw
// filter and no transaction over several documents: one aggregate is one document, and a change commits in one
// compare-and-swap on the document's revision. So the same capability code is correct on the embedded engine
// (store/sqlite), a standalone mongod, a replica set and a sharded cluster (store/mongo). What every engine must keep
// to is written as tests in store/storetest.
//
// An index is a function from the value to order-preserving keys, computed here and stored by the engine beside the
// document, so it also works over blinded data. Documents are BSON in every engine.
//
// What a document may hold is what every engine returns byte for byte: the BSON types double, string, document, array,
// binary, object id, boolean, date, null, regular expression, int32, timestamp and int64. Field names are UTF-8, not
// empty, without '.' and without '$' in front, and not "_id" except in the first place; arrays do not hold arrays;
// doubles are finite and not negative zero. A body has at most MaxBody bytes.
//
// How documents are found is what every engine can do exactly, by one ordered scan: an index holds at most one key per
// document and answers any Range in the order (key, id). An index declared Many holds several keys per document and
// answers only Exact ranges, in the order of ids; a scan in key order that meets a document several times is something
// that MongoDB cannot page without reading it all.
//
// Start at Collection. Engines implement Engine; only internal/app and tests name one.
package store

import (
	"context"

	"zhiqing/internal/fault"
)

// The failures that an engine may answer with. Anything else an engine meets (I/O, time-outs, a full disk, a lost
// connection) it wraps as ErrUnavailable. Callers match with errors.Is.
var (
	ErrMissing     = fault.Define(fault.Missing, "store.missing", "没有找到。", "Not found.")
	ErrExists      = fault.Define(fault.Conflict, "store.exists", "已经存在。", "It exists already.")
	ErrConflict    = fault.Define(fault.Conflict, "store.conflict", "数据刚刚被更改，请重试。", "The data has just changed; please try again.")
	ErrCursor      = fault.Define(fault.Invalid, "store.cursor", "翻页位置无效，请从第一页重新开始。", "This page position is not valid here; please start again from the first page.")
	ErrUnavailable = fault.Define(fault.Unavailable, "store.unavailable", "服务暂时不可用，请稍后再试。", "The service is temporarily unavailable; please try again later.")
)

// The bounds of what engines are asked to keep and to answer.
const (
	MaxBody  = 8 << 20 // bytes of one document
	MaxLimit = 1000    // documents of one page
	PageSize = 4 << 20 // bytes of bodies after which a page ends early
	maxKey   = 1 << 10 // bytes of one id or key
)

// Schema declares a collection to an engine: its name ([a-z_]+) and the names of its indexes ([a-z_]+).
type Schema struct {
	Name    string
	Indexes []string
	Many    []string // those of Indexes that may hold several keys per document
	Fields  []string // what a document holds, for the inventory of personal data; engines pass it over
}

// Document is what an engine keeps: opaque BSON bytes under an id, with the keys by which indexes find it.
type Document struct {
	ID   string              // printable UTF-8, at most 1 KiB
	Rev  int64               // drawn anew by the engine at insert (FirstRev), +1 at each replace
	Body []byte              // one BSON document; returned byte for byte
	Keys map[string][]string // index name → keys, each made by Key; absent = not in that index. Written, never read back
}

// Range is a part of an index: keys k with From ≤ k < To, in order, ties broken by id; Desc turns the whole order
// around. An empty To is no upper end.
type Range struct {
	From, To string
	Desc     bool
	Limit    int    // 1…MaxLimit
	After    string // opaque position from a previous Page.Next; "" = from the start; outside the range: ErrCursor
}

// Page is one answer to Find. Next is "" when the range is exhausted, and only then: a page may hold fewer than Limit
// documents because their bodies reached PageSize.
type Page struct {
	Docs []Document
	Next string
}

// ByID is the index that every collection has: the key is the document's id.
const ByID = "_id"

// Trimmer is an Engine that keeps for some time, elsewhere, what is deleted or overwritten: in a log of its own.
type Trimmer interface {
	// Trim lets go of it now, as far as nobody is reading there. Callers call it every so often.
	Trim(ctx context.Context) error
}

// Engine keeps documents. All methods may be called by many goroutines. A nil error from Insert, InsertInOrder,
// Replace or Delete means the change is durable: it survives kill -9 and power loss at that moment. After ErrUnavailable the change may or
// may not have happened; callers retry through the compare-and-swap and converge.
type Engine interface {
	// Declare prepares a collection; called once per collection at start, before any other use. Idempotent.
	Declare(ctx context.Context, s Schema) error
	// Get returns a document or ErrMissing.
	Get(ctx context.Context, collection, id string) (Document, error)
	// Insert stores a new document under a revision that no earlier document of this id has had, or answers ErrExists.
	Insert(ctx context.Context, collection string, d Document) error
	// InsertInOrder stores new documents, one after the other, and ends at the first that is there already: ErrExists. stored is
	// how many are in: all before that one, or none, as the engine can; never one behind it. After ErrUnavailable any number
	// from the beginning may be in. It is for chains, of which a part is sound if it has no gap: group commit for those.
	InsertInOrder(ctx context.Context, collection string, ds []Document) (stored int, err error)
	// Replace stores body and keys and revision d.Rev+1 if the stored revision is still d.Rev; otherwise ErrConflict
	// (also when the document is gone).
	Replace(ctx context.Context, collection string, d Document) error
	// Delete removes the document if its revision is still rev; otherwise ErrConflict. A missing document is ErrMissing.
	Delete(ctx context.Context, collection, id string, rev int64) error
	// Find lists documents by an index of the schema, or ByID. Paging is stable: a document whose key stays put is
	// listed exactly once, whatever is written meanwhile.
	Find(ctx context.Context, collection, index string, r Range) (Page, error)
	// Ping answers nil when a read and a write would work now.
	Ping(ctx context.Context) error
	// Close finishes writes under way and lets go of every resource.
	Close() error
}
