package definition

// Evaluate applies the definition to an application. Wrong types of answers
// are a fault Invalid with the fields that are wrong.
func (s *Service) Evaluate(in Input) (Result, error) { return s.evaluate(in, false) }

// Eligibility applies only the decision table to whatever is known. Verdict
// Unknown names what is missing.
func (s *Service) Eligibility(in Input) (Result, error) { return s.evaluate(in, true) }

// Certify fills the certificate of a decided application. entry is what the
// register answered: number, child_id_number and the like.
func (s *Service) Certify(in Input, entry map[string]any) (Certificate, error) {
	return s.certify(in, entry)
}
