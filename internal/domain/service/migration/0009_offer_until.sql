-- When an offer ends; those made before stand for 90 days.
alter table service_offer add column until_at bigint not null default 0;
update service_offer set until_at = created_at + 7776000000000;
create index service_offer_until on service_offer (until_at) where state in ('open','dismissed');
