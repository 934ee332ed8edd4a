package casework

import (
	"strconv"
	"strings"

	"balai/internal/spine/db"
)

// CopyTx copies a case n times, each due a little later, for tests of size.
func CopyTx(tx *db.Tx, ref string, n int) error {
	cols := caseColumns + ", other_branch, audit_other, queue_at, due_no, queue_no, work, work_role, work_any, unpaid, helped"
	vals := strings.Replace(cols, "ref,", "ref || '-' || n.i,", 1)
	vals = strings.Replace(vals, " queue_no,", " queue_no + n.i / 100,", 1)
	_, err := tx.Exec(`with recursive n(i) as (select 1 union all select i + 1 from n where i < ` + strconv.Itoa(n) + `)
		insert into casework_case (` + cols + `) select ` + vals + ` from casework_case, n where ref = '` + ref + `'`)
	if err == nil {
		_, err = tx.Exec(`analyze casework_case`) // as PostgreSQL does by itself in time
	}
	return err
}
