-- name: record_event
-- Append what was done, by whom, to what.
insert into events (tag, actor, subject, facts)
values (%(tag)s, %(actor)s, %(subject)s, %(facts)s);

-- name: has_database
-- Whether the embedded server already has the house's database.
select 1 from pg_database where datname = 'ruche';

-- name: create_database
-- Make the house's database.
create database ruche;

-- name: wait_to_migrate
-- Let one process at a time migrate this database; the number is ours alone.
select pg_advisory_lock(7224830291);

-- name: be_brief
-- Rather fail than hold up a house that is at work.
select set_config('lock_timeout', '4s', true), set_config('statement_timeout', '5s', true);

-- name: whose_database
-- Whether our own table is there, and how many tables there are at all.
select to_regclass('migrations') is not null as ours,
       (select count(*) from pg_class
        where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm')) as tables;

-- name: migrations_done
-- The names of the migrations that this database has seen.
select name from migrations;

-- name: remember_migration
-- This one is done.
insert into migrations (name) values (%(name)s);

-- name: set_up_connection
-- What every connection of a process begins with.
select set_config('statement_timeout', '15s', false),
       set_config('idle_in_transaction_session_timeout', '60s', false);

-- name: leftovers
-- What a working house would have cleared: loose files after a day, silent claims after ten minutes.
select (select count(*) from loose_files where loose_at < now() - interval '1 day') as loose,
       (select count(*) from claims where lease_until < now() - interval '10 minutes') as overdue;

-- name: audit_head
-- The last link of the audit's chain, held until this transaction ends.
select seq, hash from audit_head for update;

-- name: audit_append
-- The next links, all in one JSON text: to write arrays of quoted texts cost the client most of its time.
insert into audit (seq, at, tag, actor, subject, reason, policy, facts, hash)
select seq, %(at)s, tag, actor, subject, reason, policy, facts, decode(hash, 'hex')
from json_to_recordset(%(links)s::json) links (seq bigint, tag text, actor bigint, subject text, reason text,
    policy integer, facts text, hash text);

-- name: audit_move_head
-- Where the chain ends now.
update audit_head set seq = %(seq)s, hash = %(hash)s;

-- name: audit_ends
-- Where the chain should end, and where it does, seen at one moment.
select head.seq as head, head.hash as hash, last.seq as last
from (select 1) one
left join audit_head head on true
left join (select max(seq) as seq from audit) last on true;

-- name: audit_rows
-- The rows of the chain between two, each as the text that was hashed (`audit.line`).
select seq,
    convert_to(concat_ws(E'\n', seq, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), tag,
        coalesce(actor::text, ''), subject, reason, policy, facts), 'UTF8') as line,
    hash
from audit
where seq > %(after)s and seq <= %(until)s
order by seq;
