-- What an agency has billed somebody for.
create table bill_bill (
	id text primary key,
	agency text not null,
	live boolean not null,
	number text not null, -- the agency's own
	what_ms text not null,
	what_en text not null,
	amount bigint not null, -- when no earlier price holds
	prices text not null, -- JSON: [{"until": day, "amount": sen}], by day
	dearest bigint not null, -- the highest of amount and prices: nothing beyond is ever kept
	person text not null, -- whom it is to; "" where that is not known
	due_on text not null,
	is_partial boolean not null,
	least bigint not null, -- of a part
	state text not null, -- open | part_paid | paid | cancelled
	paid bigint not null,
	made_at bigint not null,
	ended_at bigint not null
);
create unique index bill_bill_number on bill_bill (agency, live, number);
create index bill_bill_list on bill_bill (agency, live, id);
create index bill_bill_person on bill_bill (person, id) where person <> '';

-- What came for it, once each.
create table bill_payment (
	payment text primary key,
	bill text not null,
	amount bigint not null,
	receipt text not null,
	is_kept boolean not null, -- else nothing was owed, and it went back
	at bigint not null
);
create index bill_payment_bill on bill_payment (bill, at);

-- A link by which anybody pays for something.
create table bill_product (
	id text primary key,
	agency text not null,
	live boolean not null,
	slug text not null,
	title_ms text not null,
	title_en text not null,
	about_ms text not null,
	about_en text not null,
	fixed bigint not null, -- the price; 0 where the payer says how much
	least bigint not null,
	most bigint not null,
	reference_ms text not null, -- what the payer types in; "" nothing
	reference_en text not null,
	made_by text not null,
	made_at bigint not null,
	ended_at bigint not null
);
create unique index bill_product_slug on bill_product (agency, slug) where ended_at = 0;
create index bill_product_list on bill_product (agency, live, id);
