package notice

// NewShelf is newShelf, for the benchmark that needs no store.
var NewShelf = newShelf
