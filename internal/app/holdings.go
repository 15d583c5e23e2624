package app

import "zhiqing/internal/holding"

// holdings is everything that is kept about people, in the order in which it erases. A collection that nobody here answers
// for is found by TestEveryPersonalCollectionHasAHolder.
func (a *App) holdings() holding.Registry { return a.registry }
