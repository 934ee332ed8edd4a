package feedback

import "balai/internal/spine/web"

// Routes is the part's map.
func (f *Feedback) Routes() []web.Route {
	return []web.Route{
		{Method: "GET", Pattern: "/feedback", Policy: "feedback.write", Handler: f.feedbackForm},
		{Method: "POST", Pattern: "/feedback", Policy: "feedback.write", Handler: f.feedbackSend},
		{Method: "GET", Pattern: "/feedback/{ref}", Policy: "feedback.write", Handler: f.feedbackShow},
		{Method: "GET", Pattern: "/feedback/desk", Policy: "feedback.answer", SignIn: true, Handler: f.deskList},
		{Method: "GET", Pattern: "/feedback/desk/{id}", Policy: "feedback.answer", SignIn: true, Handler: f.deskShow},
		{Method: "POST", Pattern: "/feedback/desk/{id}", Policy: "feedback.answer", SignIn: true, Handler: f.deskAnswer},
	}
}
