-- No list goes by it, and each line of a statement paid for it.
drop index statement_line_day;
