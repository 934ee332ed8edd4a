package country

import (
	"balai/internal/domain/register"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/journal"
)

// Load writes the country into empty registers and an empty directory, as one
// act under one leaf.
func (c *Country) Load(tx *db.Tx, r *register.Register, d *directory.Directory, by journal.By) error {
	if err := d.LoadTx(tx, c.Directory); err != nil {
		return err
	}
	return r.LoadTx(tx, by, c.Population)
}
