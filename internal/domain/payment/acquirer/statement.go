package acquirer

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// longPatience bounds the reading of a statement, which may be of a million lines.
const longPatience = 10 * time.Minute

// Statement reads an account's day as camt.053; of a day that is not over, the
// report of it so far, as camt.052. io.EOF where the bank has none.
func (x *Client) Statement(ctx context.Context, account, day string, over bool) (io.ReadCloser, error) {
	kind := "/reports/"
	if over {
		kind = "/statements/"
	}
	path := kind + url.PathEscape(account) + "/" + url.PathEscape(day) + ".xml"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, x.url+path, nil)
	if err != nil {
		return nil, err
	}
	client := *x.http
	client.Timeout = longPatience
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("acquirer: %s: %w", path, withoutAddress(err))
	}
	switch res.StatusCode {
	case http.StatusOK:
		return res.Body, nil
	case http.StatusNotFound:
		err = io.EOF
	default:
		err = fmt.Errorf("acquirer: %s: answered %d", path, res.StatusCode)
	}
	_ = res.Body.Close()
	return nil, err
}
