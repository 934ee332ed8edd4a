package db

// Waiting is how many acts wait in a lane that have not begun.
func Waiting(d *DB, name string) int {
	switch e := d.engine.(type) {
	case *sqliteEngine:
		return len(e.writer.queue)
	case *postgresEngine:
		found, ok := e.lanes.Load(name)
		if !ok {
			return 0
		}
		l := found.(*lane)
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.waiting)
	}
	return 0
}
