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
insert into policies (text, proposed_by) values (%(text)s, %(by)s) returning version;

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
