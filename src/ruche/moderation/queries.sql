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
