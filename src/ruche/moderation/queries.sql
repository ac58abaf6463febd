-- name: add_fingerprints
-- Rows of a bank; those that stand there already stay as they are.
insert into fingerprints (bank, kind, value, category, note, added_by)
select %(bank)s, kind, value, category, note, %(by)s
from unnest(%(kinds)s::text[], %(values)s::bytea[], %(categories)s::text[], %(notes)s::text[])
    as new (kind, value, category, note)
on conflict (bank, kind, value) do nothing;

-- name: remove_fingerprints
-- Single rows out of a bank.
delete from fingerprints where bank = %(bank)s and kind = %(kind)s and value = any(%(values)s::bytea[]);

-- name: empty_bank
-- Some of a bank's rows, until none is left.
delete from fingerprints
where id in (select id from fingerprints where bank = %(bank)s limit %(most)s);

-- name: banks
-- What banks there are.
select bank as name, count(*) filter (where kind = 'pdq') as pdq,
    count(*) filter (where kind = 'sha256') as sha256,
    array_agg(distinct category order by category) as categories, max(added_at) as added_at
from fingerprints
group by bank
order by bank;

-- name: rows_of_bank
-- A stretch of one bank, in the order of ids.
select id, bank, kind, value, category, note from fingerprints
where bank = %(bank)s and id > %(after)s
order by id
limit %(limit)s;

-- name: these_fingerprints
-- Rows by id.
select id, bank, kind, value, category, note from fingerprints where id = any(%(ids)s::bigint[]) order by id;

-- name: exact_fingerprints
-- Rows of the very same file.
select id, bank, kind, value, category, note from fingerprints
where kind = 'sha256' and value = %(value)s
order by id;

-- name: fingerprint_changes
-- How often rows came and went.
select added, gone from fingerprint_changes;

-- name: stretch_of_fingerprints
-- A stretch of all PDQ rows, packed: eight bytes an id, 32 a value.
select string_agg(int8send(id), ''::bytea order by id) as ids,
    string_agg(value, ''::bytea order by id) as values
from (
    select id, value from fingerprints
    where kind = 'pdq' and id > %(after)s
    order by id
    limit %(limit)s
) stretch;
