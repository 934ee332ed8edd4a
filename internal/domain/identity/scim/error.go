package scim

import (
	"errors"

	scimerr "github.com/elimity-com/scim/errors"
)

// scimError finds a refusal inside an error.
func scimError(err error) (scimerr.ScimError, bool) {
	var e scimerr.ScimError
	ok := errors.As(err, &e)
	return e, ok
}
