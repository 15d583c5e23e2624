// Package purpose says why personal data is processed: the catalogue that every consent, notice and enforcement
// decision refers to.
//
// It owns the operator's purposes and recipients (config/policy/purposes.yaml, recipients.yaml), the rules by which the
// law limits them, and their definitions: the exact canonical bytes that a person agreed to, under a digest that a
// consent entry can pin. A definition that was once published stays in the store for good, so a receipt of years ago can
// still show what was agreed to.
//
// It refuses to know who agreed to what (internal/consent), what the notices say (internal/notice) and when data is
// erased (internal/retention). It holds no personal data. Purposes of other channels, such as recruiting, are described
// here for completeness, and no mini-program can name them.
//
// The law behind it: PIPL art. 13 (the seven legal bases; there is no legitimate interest), 14 and 29 (kinds of
// consent), 17 and 网络数据安全管理条例 art. 21 (what must be told), 19 (retention), 23 (recipients), 39 (abroad);
// 未成年人网络保护条例 art. 24(3) (no automated marketing to minors).
//
// Start at Purpose, then Load and Catalogue.
package purpose
