-- name: record_event
-- Append what was done, by whom, to what.
insert into events (tag, actor, subject, facts)
values (%(tag)s, %(actor)s, %(subject)s, %(facts)s);
