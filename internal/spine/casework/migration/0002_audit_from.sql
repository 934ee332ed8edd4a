-- When the audit at hand began; 0 is with the receipt. A register that corrects
-- a value opens one long after the decision.
alter table casework_case add column audit_from_at bigint not null default 0;
