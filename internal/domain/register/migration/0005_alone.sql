-- What no two valid entries of a book may say, such as the name of a business:
-- word is the value as it is compared, without case, stops and doubled blanks.
create table register_book_alone (
	entry text not null,
	field text not null,
	path text not null,
	word text not null,
	primary key (entry, field)
);
create index register_book_alone_word on register_book_alone (path, field, word);
