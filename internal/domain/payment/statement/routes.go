package statement

import "balai/internal/spine/web"

// Routes is the room's map.
func (s *Part) Routes() []web.Route { return nil }
