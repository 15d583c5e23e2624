// Package miniprogramapi is what a mini-program sees: the paths, the JSON, and who may call what.
//
// It owns the wire: request and response shapes, the route table, bearer authentication and cursors. It refuses to decide
// anything: each handler turns JSON into typed values, calls one capability, and turns the answer into JSON. No stored
// type is marshalled directly. What is common to every HTTP door (limits, problem documents, headers, deadlines) lives in
// internal/web.
//
// How to read it: routes.go is the API on one screen; each other file holds the handlers and shapes of one noun. The
// contract is written out in openapi.yaml, which a test compares with the routes. Paths and members are relied upon by
// others: add, never rename.
package miniprogramapi
