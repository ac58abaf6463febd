-- Each `break_...` tries what the floor forbids, on rows that the self-test made in a transaction that is
-- always rolled back. Without the promise that stops it, each would succeed.

-- name: floor_patience
-- A start waits for nobody long.
select set_config('lock_timeout', '2s', true), set_config('statement_timeout', '4s', true);

-- name: floor_rows
-- Four people, a general and a mature-looking row of each kind, all with numbers that nobody else uses.
with people as (
    insert into members (id, name, role) overriding system value
    values (%(one)s, %(name)s || ' a', 'operator'), (%(two)s, %(name)s || ' b', 'operator'),
        (%(maker)s, %(name)s || ' c', 'member'), (%(judge)s, %(name)s || ' d', 'moderator')
), job as (
    insert into jobs (id, member, recipe, inputs) values (%(job)s, %(maker)s, '{}', 1)
), image as (
    insert into images (id, job, place, member, recipe, width, height, bytes, sha256, seconds, shown)
    values (%(image)s, %(job)s, 0, %(maker)s, '{}', 8, 8, 1, '\x00', 0, 'held')
), decision as (
    insert into decisions (id, actor, act, code, policy, seconded)
    values (%(decision)s, %(one)s, 'hide', 'floor', 0, %(two)s), (%(untold)s, %(one)s, 'keep', 'floor', 0, null)
), statement as (
    insert into statements (id, member, decision, restriction, code, words, automated, appeal_by)
    select id, %(maker)s, %(decision)s, 'hide', 'floor', 'floor', false, now()
    from unnest(array[%(statement)s, %(heard)s]::uuid[]) as id
), appeal as (
    insert into appeals (id, statement, words, decided_at, decided_by, upheld)
    values (%(appeal)s, %(statement)s, 'floor', null, null, null), (%(heard)s, %(heard)s, 'floor', now(), %(judge)s, true)
), sanction as (
    insert into sanctions (id, member, kind, decision) values (%(sanction)s, %(maker)s, 'limit', %(decision)s)
), sealed as (
    insert into vault (id, "case", sealed, sha256, custodians, reason, hold_until)
    values (%(vault)s, %(vault)s, '\x00', %(zeros)s, '{floor}', 'floor', now() + interval '400 days')
), act as (
    insert into audit (seq, at, tag, subject, reason, policy, facts, hash)
    values (%(row)s, now(), 'floor:try', 'floor', 'floor', 0, '{}', %(zeros)s)
), origin as (
    insert into origins (image, sha256, manifest, model)
    values (%(image)s, %(zeros)s, 'floor', 'floor'), (%(drawn)s, %(zeros)s, 'floor', 'floor')
), handover as (
    insert into handovers (evidence, "to", asked_by) values (%(vault)s, 'floor', 0)
), vetted as (
    insert into vetted_models (model, weights, names, recognised, probed_by, probed_on, vetted_by)
    values (%(name)s, '\x00', 1000, 10, 'floor', current_date, %(one)s)
), event as (
    insert into events (id, tag, subject) overriding system value values (%(row)s, 'floor:try', 'floor')
), terms as (
    insert into policy_lexicons (version, place, entry, written) values (%(version)s, 0, 'floor', '\x00')
), trial as (
    insert into policy_trials (version, against, looked_at, differences, untried)
    values (%(agreed)s, 0, '{}', '[]', '[]')
)
insert into policies (version, text, proposed_by, adopted_by, adopted_at) overriding system value
values (%(version)s, '', %(one)s, null, null), (%(agreed)s, '', %(one)s, %(two)s, now());

-- name: floor_close_mature
-- As if the house were neither.
update house_mode set outside = false, mature = false;

-- name: floor_guards
-- The triggers that stand guard before a truncate (34); those that were switched off do not.
select tgname as guard from pg_trigger
where not tgisinternal and tgenabled in ('O', 'A') and tgfoid = 'it_stays'::regproc and tgqual is null
    and tgname ~ ('^' || tgrelid::regclass || '_(is|are)_not_emptied$')
    and tgtype = 34;

-- name: floor_open_mature
-- As if the house made mature images and the member's age were verified, and others' in ways that do not count.
with switched as (
    update house_mode set outside = false, mature = true, switched_by = %(one)s, seconded_by = %(two)s
), said as (
    insert into policies (version, text, proposed_by, adopted_by, adopted_at, age_provider, assurance_days)
        overriding system value values (%(newest)s, '', %(one)s, %(two)s, now(), %(name)s, 10),
        (%(newest)s + 1, '', %(one)s, null, null, %(name)s, 20)
), assured as (
    insert into assurances (id, member, provider, method, reference, verified_at, until, withdrawn_at)
        overriding system value
    select %(row)s - n, %(row)s - who, provider, 'photo_id', %(name)s || n,
        now() - begun * interval '1 day', now() + rest * interval '1 day', case when withdrawn then now() end
    from (values (0, 3, %(name)s, 0, 1, false), (2, 1, 'elsewhere', 0, 1, false), (3, 2, %(name)s, 11, 1, false),
        (4, 4, %(name)s, 0, 1, true), (5, 4, %(name)s, 2, -1, false), (6, 4, %(name)s, -0.01, 1, false)
    ) as ages (n, who, provider, begun, rest, withdrawn)
)
select;

-- name: floor_seen
-- Who would see what, in a house that makes mature images: somebody whose age is verified, and somebody not.
select may_see('mature', %(maker)s) as verified, may_see('mature', %(nobody)s) as unverified,
    may_see('mature', %(one)s) as elsewhere, may_see('mature', %(two)s) as long_ago,
    may_see('mature', %(judge)s) as ended, may_see('general', %(nobody)s) as general;

-- name: floor_now
-- What would be tried at the end of the transaction is tried now.
set constraints all immediate;

-- name: floor_mature_job
-- A mature job as it should be.
insert into jobs (id, member, recipe, rating) values (%(mature)s, %(maker)s, %(asked)s, 'mature');

-- name: floor_mature_image
-- Its signed image, of which nobody said that it is mature.
insert into images (id, job, place, member, recipe, width, height, bytes, sha256, seconds, shown, signed_at)
values (%(drawn)s, %(mature)s, 0, %(maker)s, '{}', 8, 8, 1, %(zeros)s, 0, 'held', now())
returning rating, cap;
