package insight

import (
	"context"
	"net/http"

	"balai/internal/spine/fault"
	"balai/internal/spine/policy"
	"balai/internal/spine/web"
)

// Routes is the part's map.
func (x *Insight) Routes() []web.Route {
	return []web.Route{
		{Method: "GET", Pattern: "/report", Policy: "insight.card", Handler: x.reportList},
		{Method: "GET", Pattern: "/report/{agency}/{service}", Policy: "insight.card", Handler: x.reportShow},
		web.JSON(web.APIRoute{Method: "GET", Path: "/api/v1/report", Policy: "insight.card", Summary: "The services' report card"}, x.apiCard),
		web.JSON(web.APIRoute{Method: "GET", Path: "/api/v1/report/{agency}/{service}", Policy: "insight.card", Summary: "One service's report card"}, x.apiScore),
		{Method: "GET", Pattern: "/team", Policy: "insight.list", SignIn: true, Handler: x.teamList},
		{Method: "GET", Pattern: "/team/{agency}/{service}", Policy: "insight.read", Resource: x.team, SignIn: true, Handler: x.teamShow},
		web.JSON(web.APIRoute{Method: "GET", Path: "/api/v1/team/{agency}/{service}", Policy: "insight.read", Resource: x.team, SignIn: true,
			Summary: "How a service's releases do"}, x.apiTeam),
	}
}

// team is what a service's numbers belong to.
func (x *Insight) team(r *http.Request) (policy.Resource, error) {
	s, err := x.service(r.Context(), r.PathValue("agency"), r.PathValue("service"))
	return policy.Resource{Type: "Team", ID: s.ID, Attrs: map[string]any{"agency": s.Agency, "role": s.Agency + "/service-team"}}, err
}

func (x *Insight) service(ctx context.Context, agency, slug string) (Service, error) {
	all, err := x.services.Of(ctx, agency)
	if err != nil {
		return Service{}, err
	}
	for _, s := range all {
		if s.ID == agency+"/"+slug && len(s.Releases) > 0 {
			return s, nil
		}
	}
	return Service{}, fault.New(fault.Missing, "web.error.missing")
}
