// Package web is the shared edge: everything that is the same for every answer over HTTP, whatever it is about.
//
// It owns the listener and its graceful end, the limits (size, depth, time, rate), the only JSON reader of requests, the
// headers of every answer, request ids, the access log, and the one translation from a fault to a problem document
// (RFC 9457). It also shows the API's own description: /openapi.json, /openapi.yaml and a page to read it at /docs.
//
// It refuses to know any operation: what a mini-program may ask is in miniprogram-api, what staff see is in the console.
// It refuses to keep a client's address: the address counts against a limit and is neither stored nor logged. And it
// never lets the text of an error without a kind, or a rejected value, leave the process.
//
// Fiber lives here and in the two packages above only, so that a move to its next version stays small. Fiber's strings
// are views into a buffer that the next request overwrites; Immutable is always on, and a test keeps the probe that
// shows what happens without it. A fiber.Ctx is no cancellation: handlers get a context with a deadline instead.
//
// Start at New; then request.go for the life of a request, and problem.go for how it fails.
package web
