package notice_test

import (
	"context"
	"slices"
	"sync"

	"zhiqing/internal/store"
)

// memory is the smallest engine that these tests need: documents in a map, listed by id, two to a page so that paging is
// always taken. What real engines must keep to is tested in store/storetest.
type memory struct {
	store.Engine // nil: a method that is not needed here panics
	mu           sync.Mutex
	docs         map[string]store.Document
	declared     []store.Schema
}

func newMemory() *memory { return &memory{docs: make(map[string]store.Document)} }

func (m *memory) Declare(_ context.Context, s store.Schema) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.declared = append(m.declared, s)
	return nil
}

func (m *memory) Get(_ context.Context, _, id string) (store.Document, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if d, ok := m.docs[id]; ok {
		return d, nil
	}
	return store.Document{}, store.ErrMissing
}

func (m *memory) Insert(_ context.Context, _ string, d store.Document) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.docs[d.ID]; ok {
		return store.ErrExists
	}
	d.Rev = 1
	m.docs[d.ID] = d
	return nil
}

func (m *memory) Replace(_ context.Context, _ string, d store.Document) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.docs[d.ID].Rev != d.Rev {
		return store.ErrConflict
	}
	d.Rev++
	m.docs[d.ID] = d
	return nil
}

func (m *memory) Find(_ context.Context, _, index string, r store.Range) (page store.Page, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if index != store.ByID || r.Desc || r.From != "" || r.To != "" {
		panic("memory lists everything by id, and nothing else")
	}
	var ids []string
	for id := range m.docs {
		if id > r.After {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for i, id := range ids {
		if i == min(2, r.Limit) {
			page.Next = ids[i-1]
			break
		}
		page.Docs = append(page.Docs, m.docs[id])
	}
	return page, nil
}
