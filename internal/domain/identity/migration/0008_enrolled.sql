-- Whoever had a passkey before it was noted who ever had a way of signing in.
insert into identity_enrolled (person, at) select person, min(created_at) from identity_passkey group by person
	on conflict (person) do nothing;
