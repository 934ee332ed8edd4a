-- Who did an act for the applicant, as JSON of the journal's name, organisation
-- and right; '' where nobody acted for anybody.
alter table casework_act add column acts_for text not null default '';
