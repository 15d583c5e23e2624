package inspection

// Few makes a night take few things in turns.
func (d *Desk) Few(documents int, erased int64) {
	d.most = turns{documents: documents, page: 1, erased: erased}
}
