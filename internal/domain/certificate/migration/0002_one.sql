-- Of a case, one certificate of a type stands at a time.
create unique index certificate_standing on certificate_certificate (case_ref, type) where state = 'issued';
