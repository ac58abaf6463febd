-- name: record_refusal
-- Keep a text that was refused, with what decided it.
insert into refusals (id, member, field, category, code, rule, policy, canonical, rating)
values (%(id)s, %(member)s, %(field)s, %(category)s, %(code)s, %(rule)s, %(policy)s, %(canonical)s, %(rating)s);

-- name: my_refusals
-- What of this member's was refused, the latest first; without the rule, which staff alone sees.
select id, at, field, category, code, policy, canonical, rating
from refusals
where member = %(member)s
order by at desc, id
limit %(most)s;

-- name: refusals_of_a_day
-- How many texts of this member's were refused within a day, and whether a moderator was told in it.
select
    (select count(*) from refusals where member = %(member)s and at > now() - interval '1 day') as refusals,
    exists (
        select from cases
        where cases.member = %(member)s and kind = 'repeat' and opened_at > now() - interval '1 day'
    ) as told;

-- name: names_stamp
-- What changes whenever the register of names does.
select
    (select count(*) || ' ' || coalesce(max(id), 0) || ' ' || count(gone_at) from names) as names,
    (select count(*) || ' ' || coalesce(max(decided_at)::text, '') from optouts where state = 'verified')
        as optouts;

-- name: names_in_force
-- Every name that prompts may not hold: the operator's lists, and artists whose opt-out was verified.
select kind, name from names where gone_at is null
union
select 'artist', artist from optouts where state = 'verified'
union
select 'artist', unnest(aliases) from optouts where state = 'verified';

-- name: add_name
-- Put a name into the register; no row where it is in force already.
insert into names (kind, name, added_by) values (%(kind)s, %(name)s, %(by)s)
on conflict (kind, lower(name)) where gone_at is null do nothing
returning id;

-- name: retire_name
-- Take a name out of force; it stays on record.
update names set gone_at = now()
where kind = %(kind)s and lower(name) = lower(%(name)s) and gone_at is null
returning id;
