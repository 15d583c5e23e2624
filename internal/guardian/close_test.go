package guardian_test

import "context"

// EndAllBut ends all sessions but one.
func (s *sessions) EndAllBut(ctx context.Context, owner, _ string) error { return s.EndAll(ctx, owner) }
