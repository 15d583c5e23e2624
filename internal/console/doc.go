// Package console is what the operator's staff see: pages, made by the server, that work without a script.
//
// It owns HTML, cookies, forms and the words on the pages. It refuses to decide anything: whether an officer may do
// something is internal/staff's, what happened to a person is internal/lookup's, what is done to a request
// internal/casework's. Each of them writes the audit before it shows or changes; a page cannot forget it.
//
// How a page works:
//   - routes.go is the table: method, path, the permission that it needs, the handler. A route without a permission is
//     for whoever is signed in, or, marked open, for everybody. What the table does not say is denied.
//   - A handler takes an ask (one request: who, in which language, with which form) and ends in show or in a redirect
//     after a change (POST, then GET; RFC 9110 §15.4.4), so that reloading a page repeats nothing.
//   - Every answer is a whole page. htmx, where it runs, takes the part it wants out of it (hx-select): there is one
//     way to render and nothing to keep in step.
//   - The way through an identity provider (oidc.go) is links, and its last answer a page that goes on by itself: browsers
//     hold a form's redirects against form-action, and keep strict cookies back on a redirect that began elsewhere.
//   - Both languages stand side by side in the template: {{say "中文" "English"}}.
//
// What it promises: a strict Content-Security-Policy without inline script or style; nothing from elsewhere; cookies
// that no script reads and no other site sends; a secret in each form; a redirect after sign-in that stays here.
//
// Law and standards: PIPL art. 51; 未成年人网络保护条例 art. 36; WCAG 2.2 AA; OWASP ASVS 5.0 §3, §7.
//
// Start at routes.go.
package console
