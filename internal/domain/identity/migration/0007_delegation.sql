-- Who may act for whom is a part of its own now, whose tables are made before
-- these: what was given so far moves there whole.
insert into delegation_grant (id, principal, kind, agency, person, services, claims, evidence, given, given_by, state, made_at, from_at, until_at, ended_at, ended_by)
	select id, principal, case when agency <> '' then 'helper' else 'carer' end, agency, person, services, 'null', '{}', given, given_by, state, made_at, made_at, until_at, ended_at, ''
	from identity_mandate;
drop table identity_mandate;
insert into delegation_miss (id, person, missed_at) select id, person, missed_at from identity_miss;
drop table identity_miss;
