// Package mongo is the distributed engine of the store: MongoDB, from one standalone server to a sharded cluster.
//
// It owns the mapping of the port to MongoDB: one document `{_id, rev, keys: {index: key}, doc: body}`, one index
// `{keys.<name>: 1, _id: 1}` per declared index, writes acknowledged by a majority and journaled, revisions as part of
// every write's filter. One document is the unit of every change, so it uses no multi-document transaction, no TTL, no
// partial index and no change stream; a sharded collection is hashed on _id by whoever runs the cluster.
//
// Every call ends within five seconds, also when the server is gone, with store.ErrUnavailable; the driver finds the server
// again by itself. The URL may hold a password and appears in no error.
//
// Which servers it was tested against: a real one whenever ZHIQING_TEST_MONGODB_URL is set, and FerretDB over the wire
// by the nested module in ferretdb.
//
// Start at Open.
package mongo
