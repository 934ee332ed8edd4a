package service

import "balai/internal/spine/web"

// pageRoutes are the pages of the part.
func (p *Part) pageRoutes() []web.Route { return nil }
