-- A reference as it is looked for: folded() in fold.go, which says why. It is one
-- payment's of an agency, as the reference itself is.
alter table payout_line add column folded text not null default '';

-- The same in SQL for what is there: a letter at a time, i the next one's place, word
-- what was read since the last mark or blank, done what was folded before it.
update payout_line set folded = upper(reference);
update payout_line set folded = (
	with recursive f (i, word, done) as (
		select 1, substr(reference, 1, 0), substr(reference, 1, 0)
		union all
		select i + 1,
			case when ltrim(substr(upper(reference), i, 1), ' /-?:().,''+_') = '' then substr(reference, 1, 0) else word || substr(upper(reference), i, 1) end,
			case when ltrim(substr(upper(reference), i, 1), ' /-?:().,''+_') <> '' then done else
				rtrim(done || case
					when word = rtrim(word, '0123456789') or ltrim(rtrim(word, '0123456789'), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') <> '' then word
					when rtrim(word, '0123456789') = '' and substr(done, length(done), 1) in ('.', ',')
						and substr(done, length(done) - 1, 1) between '0' and '9' then word
					when ltrim(substr(word, length(rtrim(word, '0123456789')) + 1), '0') = '' then rtrim(word, '0123456789') || '0'
					else rtrim(word, '0123456789') || ltrim(substr(word, length(rtrim(word, '0123456789')) + 1), '0')
					end, case when substr(reference, i, 1) = ' ' then '' else ' ' end)
				|| case when substr(reference, i, 1) = ' ' and word = '' and ltrim(substr(done, length(done), 1), '/-?:().,''+_') = '' then ''
					else substr(upper(reference), i, 1) end
			end
		from f where i <= length(reference) + 1
	) select done from f where i = length(reference) + 2)
where reference like '%0%' or reference like '% %';

-- Two that both were sent before this rule: the later one keeps its own reference,
-- behind a letter that none has.
create index payout_line_folding on payout_line (agency, live, folded) where freed_at = 0;
update payout_line set folded = folded || '~' || reference where freed_at = 0 and exists (select 1 from payout_line o
	where o.agency = payout_line.agency and o.live = payout_line.live and o.folded = payout_line.folded and o.freed_at = 0
	and (o.batch < payout_line.batch or o.batch = payout_line.batch and o.n < payout_line.n));
drop index payout_line_folding;
create unique index payout_line_folded on payout_line (agency, live, folded) where freed_at = 0;
