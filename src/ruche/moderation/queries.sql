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

-- name: any_fingerprint
-- Whether there is any.
select id from fingerprints limit 1;

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
-- Rows of the very same file or pixels.
select id, bank, kind, value, category, note from fingerprints
where kind = 'sha256' and value = any(%(values)s::bytea[])
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

-- name: fingerprints_between
-- All values of a stretch of rows, end to end, by kind.
select kind, string_agg(value, ''::bytea order by id) as values from fingerprints
where id > %(after)s and id <= %(upto)s
group by kind;

-- name: policy_in_force
-- The newest version of the policy that was adopted, and the mark of its text.
select version, mark from policies where adopted_at is not null order by version desc limit 1;

-- name: policy_text
-- What a version says.
select text from policies where version = %(version)s;

-- name: lock_policies
-- Proposals and adoptions go one after the other.
select pg_advisory_xact_lock(hashtext('ruche policies'));

-- name: policy_versions
-- Every version, the newest first.
select version, text, proposed_by, proposed_at, adopted_by, adopted_at from policies order by version desc;

-- name: policy_waiting
-- The newest proposal of this text that is newer than the version in force.
select version, text, proposed_by, proposed_at, adopted_by, adopted_at from policies
where adopted_at is null and text = %(text)s
    and version > coalesce((select max(version) from policies where adopted_at is not null), 0)
order by version desc limit 1;

-- name: propose_policy
-- A new version that waits for a second person.
insert into policies (text, proposed_by, age_provider, assurance_days)
values (%(text)s, %(by)s, %(provider)s, %(days)s)
returning version;

-- name: adopt_policy
-- A second person brings a proposal into force; no row for their own, and for one that has lapsed.
update policies set adopted_by = %(by)s, adopted_at = now()
where version = %(version)s and adopted_at is null and proposed_by <> %(by)s
    and version > coalesce((select max(version) from policies where adopted_at is not null), 0);

-- name: house_mode
-- What the house is, and a wish that has not lapsed.
select outside, mature, case when fresh then wanted end as wanted,
    case when fresh then wanted_by end as wanted_by, case when fresh then wanted_at end as wanted_at
from house_mode, lateral (select wanted_at > now() - %(patience)s::interval as fresh) age;

-- name: hold_house_mode
-- The same, kept as it is until this transaction ends.
select outside, mature, case when fresh then wanted end as wanted,
    case when fresh then wanted_by end as wanted_by, case when fresh then wanted_at end as wanted_at
from house_mode, lateral (select wanted_at > now() - %(patience)s::interval as fresh) age
for update of house_mode;

-- name: want_house_mode
-- What the first person wants.
update house_mode set wanted = %(what)s, wanted_by = %(by)s, wanted_at = now();

-- name: switch_house_mode_on
-- Two people agree.
update house_mode
set outside = outside or %(what)s = 'outside', mature = mature or %(what)s = 'mature',
    switched_by = %(by)s, seconded_by = %(seconded)s, switched_at = now(),
    wanted = null, wanted_by = null, wanted_at = null;

-- name: switch_house_mode_off
-- One person ends it, and any wish for it.
update house_mode
set outside = outside and %(what)s <> 'outside', mature = mature and %(what)s <> 'mature',
    switched_by = null, seconded_by = null, switched_at = now(),
    wanted = null, wanted_by = null, wanted_at = null
where (%(what)s = 'outside' and outside) or (%(what)s = 'mature' and mature) or wanted = %(what)s;

-- name: vetted_model
-- The weights of one model that may make mature images.
select weights from vetted_models where model = %(model)s;

-- name: vetted_models
-- Every such model.
select model, weights from vetted_models order by model;

-- name: vet_model
-- A model may make mature images with these weights.
insert into vetted_models (model, weights, names, recognised, probed_by, probed_on, vetted_by)
values (%(model)s, %(weights)s, %(names)s, %(recognised)s, %(probed_by)s, %(probed_on)s, %(by)s)
on conflict (model) do update set weights = excluded.weights, names = excluded.names,
    recognised = excluded.recognised, probed_by = excluded.probed_by, probed_on = excluded.probed_on,
    vetted_by = excluded.vetted_by, vetted_at = now();

-- name: unvet_model
-- It may not any more.
delete from vetted_models where model = %(model)s;

-- name: harmless_model
-- The mark of one model.
select weights from harmless_models where model = %(model)s;

-- name: harmless_models
-- Every mark.
select model, weights from harmless_models order by model;

-- name: mark_harmless
-- An operator says that these weights make no mature images.
insert into harmless_models (model, weights, marked_by) values (%(model)s, %(weights)s, %(by)s)
on conflict (model) do update set weights = excluded.weights, marked_by = excluded.marked_by,
    marked_at = now();

-- name: unmark_harmless
-- Take a mark back.
delete from harmless_models where model = %(model)s;

-- name: seal
-- Evidence, once and for long.
insert into vault (id, "case", sealed, sha256, custodians, reason, hold_until)
values (%(id)s, %(case)s, %(sealed)s::bytea, %(sha256)s::bytea, %(custodians)s::text[], %(reason)s,
    now() + %(hold)s::interval);

-- name: sealed
-- One piece of evidence.
select id, "case", sealed, sha256, custodians, reason, sealed_at, hold_until from vault where id = %(id)s;

-- name: vault_list
-- What the vault holds, by its labels.
select id, "case", sha256, custodians, reason, sealed_at, hold_until from vault
order by sealed_at desc, id;

-- name: case_of_evidence
-- A case with what was asked for and by whom.
select cases.id, cases.kind, cases.image, cases.opened_at, cases.facts, members.id as member,
    members.name, members.created_at as joined_at, jobs.id as job, jobs.recipe, jobs.created_at as asked_at
from cases
left join members on members.id = cases.member
left join jobs on jobs.id::text = cases.facts ->> 'job'
where cases.id = %(case)s;

-- name: evidence_sent
-- The newest receipt of an authority for a piece of evidence.
select facts::jsonb -> 'facts' ->> 'receipt' as receipt from audit
where subject = %(subject)s and tag = 'evidence:send' and facts::jsonb -> 'facts' ->> 'to' = %(to)s
order by seq desc
limit 1;

-- name: bank_holds
-- Whether a bank has any fingerprint.
select exists (select from fingerprints where bank = %(bank)s) as holds;

-- name: lock_optouts
-- Requests of artists are counted and written one at a time.
select pg_advisory_xact_lock(hashtext('ruche optouts'));

-- name: optouts_lately
-- Whether this very one of the same sender's waits, and how many came within a while.
select
    count(*) filter (
        where state = 'asked' and sender = %(sender)s
            and lower(contact) = lower(%(contact)s) and lower(artist) = lower(%(artist)s)
    ) as same,
    count(*) filter (where at > now() - %(within)s::interval) as lately
from optouts;

-- name: add_optout
-- A request of an artist.
insert into optouts (id, receipt, artist, aliases, contact, evidence, sender)
values (%(id)s, %(receipt)s, %(artist)s, %(aliases)s, %(contact)s, %(evidence)s, %(sender)s);

-- name: add_optout_works
-- Fingerprints of the works that came with it.
insert into optout_works (optout, pdq)
select %(optout)s, unnest(%(works)s::bytea[])
on conflict do nothing;

-- name: optout_by_receipt
-- The request with this receipt.
select id, artist, aliases, contact, evidence, at, state, decided_at,
    (select count(*) from optout_works where optout = optouts.id) as works
from optouts where receipt = %(receipt)s;

-- name: find_optout
-- One request.
select id, artist, aliases, contact, evidence, at, state, decided_at,
    (select count(*) from optout_works where optout = optouts.id) as works
from optouts where id = %(id)s;

-- name: optouts_beside
-- Others that wait with the same contact or under the same name.
select id, artist, aliases, contact, evidence, at, state, decided_at,
    (select count(*) from optout_works where optout = optouts.id) as works
from optouts
where state = 'asked' and id <> %(id)s
    and (lower(contact) = lower(%(contact)s) or lower(artist) = lower(%(artist)s))
order by at, id
limit 50;

-- name: decide_optout
-- Let a request that waits hold, or not.
update optouts set state = %(state)s, decided_by = %(actor)s, decided_at = now()
where id = %(id)s and state = 'asked';

-- name: reopen_optout
-- Let a request wait again.
update optouts set state = 'asked', decided_by = null, decided_at = null where id = %(id)s;

-- name: add_artist_names
-- Names that prompts may not use from now on.
insert into names (kind, name, added_by)
select 'artist', name, %(actor)s from unnest(%(called)s::text[]) as name
on conflict do nothing;

-- name: end_artist_names
-- Names that prompts may use again, unless another artist's request that holds brings them too.
update names set gone_at = now()
where kind = 'artist' and gone_at is null
    and lower(name) in (select lower(called) from unnest(%(called)s::text[]) as called)
    and not exists (
        select from optouts
        where state = 'verified'
            and lower(names.name) in (
                select lower(called) from unnest(optouts.artist || optouts.aliases) as called
            )
    );

-- name: count_respected
-- How many requests hold.
select count(*) as artists from optouts where state = 'verified';

-- name: respected_works
-- Fingerprints of works that may not come back.
select distinct pdq from optout_works join optouts on optouts.id = optout where state = 'verified';

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

-- name: my_refusal
-- One refused text of this member's, without the rule.
select id, at, field, category, code, policy, canonical, rating
from refusals where id = %(id)s and member = %(member)s;

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

-- name: names_listed
-- Every name in force, and whether an artist's own request holds it.
select kind, min(name) as name, min(since) as added_at, bool_or(own) as own
from (
    select kind, name, added_at as since, false as own from names where gone_at is null
    union all
    select 'artist', called, decided_at, true
    from optouts, unnest(artist || aliases) as called where state = 'verified'
) every
group by kind, lower(name)
order by kind, lower(name);

-- name: name_is_asked
-- Whether an artist's own request holds this name.
select id from optouts
where state = 'verified' and lower(%(name)s) in (select lower(one) from unnest(artist || aliases) as one)
limit 1;

-- name: add_names
-- Put names into the register; no row for one that is in force already.
insert into names (kind, name, added_by)
select %(kind)s, name, %(by)s from unnest(%(names)s::text[]) as name
on conflict (kind, lower(name)) where gone_at is null do nothing
returning id;

-- name: retire_name
-- Take a name out of force; it stays on record.
update names set gone_at = now()
where kind = %(kind)s and lower(name) = lower(%(name)s) and gone_at is null
returning id;

-- name: begin_handover
-- Evidence that is to arrive at an authority; its first try is under way.
insert into handovers (evidence, "to", asked_by, tries, next_at)
values (%(evidence)s, %(to)s, %(by)s, 1, now() + %(pause)s)
on conflict (evidence, "to") do update
    set asked_by = excluded.asked_by, asked_at = now(), tries = 1, next_at = excluded.next_at,
        alarmed_at = null, ended = null, ended_at = null;

-- name: due_handover
-- One that is to be tried again now, kept from others.
select evidence, tries from handovers
where next_at <= now() and "to" = %(to)s
order by next_at
limit 1
for update skip locked;

-- name: try_handover
-- It is tried; should nobody come back from it, the next try comes all the same.
update handovers set tries = %(tries)s, next_at = now() + %(pause)s
where evidence = %(evidence)s and "to" = %(to)s
returning *;

-- name: end_handover
-- No other try follows.
update handovers set ended = %(ended)s, ended_at = now(), next_at = null
where evidence = %(evidence)s and "to" = %(to)s and ended is null;

-- name: late_handovers
-- Those that have taken too long and were not told of yet; they are now.
update handovers set alarmed_at = now()
where next_at is not null and alarmed_at is null and asked_at < now() - %(after)s
returning *;

-- name: handovers_open
-- What has not arrived.
select * from handovers where ended is distinct from 'arrived' order by asked_at, evidence;
