// Package vault seals personal data under a key of the person it belongs to, and destroys it by destroying that key.
//
// It owns the one place where data keys and plaintext meet: a random data key per owner, wrapped by a key-encryption key
// (KEK) of the key file; fields sealed under the data key; blind indexes, by which a sealed value can be found without
// being read; the key file's shape. It refuses to store anything (the wrapped key and the sealed fields live in the
// owner's document, so that deleting them is one write), to know what a value means, and to open anything without the
// wrapped key in the caller's hand: whoever finds none in the document can decrypt nothing, whatever was cached.
//
// Everything sealed is tied to its place: owner, collection, document and field go into the associated data of AES-256-GCM
// (NIST SP 800-38D), so that a ciphertext moved elsewhere does not open. Destroying a wrapped key makes all that was
// sealed under it unreadable, also in backups (PIPL art. 47; NIST SP 800-88 calls it cryptographic erase); Forget drops
// this process's copies, other processes keep theirs for Options.Life at most and cannot use them without the wrapped key.
// Go's garbage collector decides when the memory of a dropped key is used again; nothing here can wipe it sooner.
//
// Signing keys and everything public live in internal/ledger. Start at Vault, then Keys.
package vault
