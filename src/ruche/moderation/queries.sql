-- name: lock_optouts
-- Requests of artists are counted and written one at a time.
select pg_advisory_xact_lock(hashtext('ruche optouts'));

-- name: optouts_lately
-- How many wait with this contact, whether this very one does, and how many came within a while.
select count(*) filter (where state = 'asked' and lower(contact) = lower(%(contact)s)) as of_one,
    count(*) filter (
        where state = 'asked' and lower(contact) = lower(%(contact)s) and lower(artist) = lower(%(artist)s)
    ) as same,
    count(*) filter (where at > now() - %(within)s::interval) as lately
from optouts;

-- name: add_optout
-- A request of an artist.
insert into optouts (id, receipt, artist, aliases, contact, evidence)
values (%(id)s, %(receipt)s, %(artist)s, %(aliases)s, %(contact)s, %(evidence)s);

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
