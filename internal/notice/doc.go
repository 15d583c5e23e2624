// Package notice keeps the operator's published texts: which words a person saw, when they took effect, and whether a
// later version has overtaken a consent given under them.
//
// It owns reading the notices from a folder (Load), publishing each version once and for good (Open), and answering from
// memory which text is in force (Shelf). A published text never changes: consent records name its SHA-256, and evidence
// that can be edited is none. So a changed file stops the start, and a vanished file stays served from the store.
//
// It refuses to know purposes (package purpose says which notice a purpose needs), consents (package consent decides what
// a superseded notice does to one), HTTP and languages beyond the two that the product speaks. It holds no personal data.
//
// The law behind it: 个人信息保护法 (PIPL) articles 7, 14(2) and 17, 网络数据安全管理条例 article 21, 儿童个人信息网络保护规定
// articles 8 to 10. Lint checks a text for the items that they demand.
//
// Start at Notice, then Load, Open, Shelf.
package notice
