-- Each `break_...` tries what the floor forbids, on rows that the self-test made in a transaction that is
-- always rolled back. Without the promise that stops it, each would succeed.

-- name: floor_patience
-- A start waits for nobody long.
select set_config('lock_timeout', '2s', true), set_config('statement_timeout', '4s', true);

-- name: floor_rows
-- Four people, a general and a mature-looking row of each kind, all with numbers that nobody else uses.
with people as (
    insert into members (id, name, role) overriding system value
    values (-%(seed)s::bigint - 1, 'floor ' || %(seed)s || ' a', 'operator'),
        (-%(seed)s::bigint - 2, 'floor ' || %(seed)s || ' b', 'operator'),
        (-%(seed)s::bigint - 3, 'floor ' || %(seed)s || ' c', 'member'),
        (-%(seed)s::bigint - 4, 'floor ' || %(seed)s || ' d', 'moderator')
    returning id
), job as (
    insert into jobs (id, member, recipe, inputs)
    select %(job)s, -%(seed)s::bigint - 3, '{}', 1
    returning id, member
), image as (
    insert into images (id, job, place, member, recipe, width, height, bytes, sha256, seconds, shown)
    select %(image)s, id, 0, member, '{}', 8, 8, 1, '\x00', 0, 'held' from job
), decision as (
    insert into decisions (id, actor, act, code, policy, seconded)
    values (%(decision)s, -%(seed)s::bigint - 1, 'hide', 'floor', 0, -%(seed)s::bigint - 2)
), statement as (
    insert into statements (id, member, decision, restriction, code, words, automated, appeal_by)
    select %(statement)s, member, %(decision)s, 'hide', 'floor', 'floor', false, now() from job
), appeal as (
    insert into appeals (id, statement, words) values (%(appeal)s, %(statement)s, 'floor')
), heard as (
    insert into statements (id, member, decision, restriction, code, words, automated, appeal_by)
    select %(heard)s, member, %(decision)s, 'hide', 'floor', 'floor', false, now() from job
), answer as (
    insert into appeals (id, statement, words, decided_at, decided_by, upheld)
    values (%(heard)s, %(heard)s, 'floor', now(), -%(seed)s::bigint - 4, true)
), sanction as (
    insert into sanctions (id, member, kind, decision) select %(sanction)s, member, 'limit', %(decision)s from job
), sealed as (
    insert into vault (id, "case", sealed, sha256, custodians, reason, hold_until)
    values (%(vault)s, %(vault)s, '\x00', decode(repeat('00', 32), 'hex'), '{floor}', 'floor',
        now() + interval '400 days')
), act as (
    insert into audit (seq, at, tag, subject, reason, policy, facts, hash)
    values (-%(seed)s::bigint, now(), 'floor:try', 'floor', 'floor', 0, '{}', decode(repeat('00', 32), 'hex'))
), told as (
    insert into decisions (id, actor, act, code, policy, severe)
    values (%(untold)s, -%(seed)s::bigint - 1, 'keep', 'floor', 0, false)
), origin as (
    insert into origins (image, sha256, manifest, model)
    values (%(image)s, decode(repeat('00', 32), 'hex'), 'floor', 'floor')
), vetted as (
    insert into vetted_models (model, weights, names, recognised, probed_by, probed_on, vetted_by)
    values ('floor ' || %(seed)s, '\x00', 1000, 10, 'floor', current_date, -%(seed)s::bigint - 1)
), event as (
    insert into events (id, tag, subject) overriding system value values (-%(seed)s::bigint, 'floor:try', 'floor')
), terms as (
    insert into policy_lexicons (version, place, entry, written)
    values (-(%(seed)s %% 1000000000)::integer - 1, 0, 'floor', '\x00')
), trial as (
    insert into policy_trials (version, against, looked_at, differences, untried)
    values (-(%(seed)s %% 1000000000)::integer - 1000000001, 0, '{}', '[]', '[]')
)
insert into policies (version, text, proposed_by, adopted_by, adopted_at) overriding system value
values (-(%(seed)s %% 1000000000)::integer - 1, '', -%(seed)s::bigint - 1, null, null),
    (-(%(seed)s %% 1000000000)::integer - 1000000001, '', -%(seed)s::bigint - 1, -%(seed)s::bigint - 2, now());

-- name: floor_close_mature
-- As if the house were neither.
update house_mode set outside = false, mature = false;

-- name: floor_guards
-- The triggers that stand guard at this moment; those that were switched off do not.
select tgname as guard from pg_trigger
where not tgisinternal and tgenabled in ('O', 'A') and tgrelid::regclass::text in (
    'audit', 'events', 'vault', 'policies', 'policy_lexicons', 'policy_trials', 'decisions');

-- name: floor_open_mature
-- As if the house made mature images and the member's age were verified.
with switched as (
    update house_mode set outside = false, mature = true, switched_by = -%(seed)s::bigint - 1,
        seconded_by = -%(seed)s::bigint - 2
    returning 1
), assured as (
    insert into assurances (id, member, provider, method, reference, verified_at, until) overriding system value
    values (-%(seed)s::bigint, -%(seed)s::bigint - 3, 'floor', 'photo_id', 'floor ' || %(seed)s, now(),
        now() + interval '1 day')
    returning 1
)
select from switched, assured;

-- name: floor_seen
-- Who would see what, in a house that makes mature images: somebody whose age is verified, and somebody not.
select may_see('mature', -%(seed)s::bigint - 3) as verified, may_see('mature', -%(seed)s::bigint - 1) as unverified,
    may_see('general', -%(seed)s::bigint - 1) as general;

-- name: floor_now
-- What would be tried at the end of the transaction is tried now.
set constraints all immediate;

-- name: floor_mature_job
-- A mature job as it should be.
insert into jobs (id, member, recipe, rating) values (%(mature)s, -%(seed)s::bigint - 3,
    jsonb_build_object('prompt', 'floor', 'model', 'floor ' || %(seed)s, 'count', 1), 'mature');

-- name: floor_mature_image
-- Its image, of which nobody said that it is mature.
insert into images (id, job, place, member, recipe, width, height, bytes, sha256, seconds, shown)
values (%(drawn)s, %(mature)s, 0, -%(seed)s::bigint - 3, '{}', 8, 8, 1, '\x00', 0, 'held')
returning rating, cap;

-- name: break_both_modes
-- A house that is both.
update house_mode set outside = true, mature = true, switched_by = -%(seed)s::bigint - 1,
    seconded_by = -%(seed)s::bigint - 2;

-- name: break_switch_alone
-- One person switches mature on.
update house_mode set outside = false, mature = true, switched_by = -%(seed)s::bigint - 1, seconded_by = null;

-- name: break_switch_with_oneself
-- One person is both.
update house_mode set outside = false, mature = true, switched_by = -%(seed)s::bigint - 1,
    seconded_by = -%(seed)s::bigint - 1;

-- name: break_mode_row
-- The row goes, and with it all that it forbids.
delete from house_mode;

-- name: break_mode_twice
-- A second row says that the house is something else.
insert into house_mode (one, mature, switched_by, seconded_by)
values (false, true, -%(seed)s::bigint - 1, -%(seed)s::bigint - 2);

-- name: break_job_third_rating
-- A job has a rating that nobody knows, and passes what stands before the known ones.
insert into jobs (id, member, recipe, rating) values (%(other)s, -%(seed)s::bigint - 3,
    jsonb_build_object('model', 'floor ' || %(seed)s), 'explicit');

-- name: break_image_third_rating
-- An image has a rating that nobody knows.
update images set rating = 'explicit' where id = %(drawn)s;

-- name: break_image_third_cap
-- An image has a cap that nobody knows.
update images set cap = 'explicit' where id = %(image)s;

-- name: break_text_only
-- A mature job that starts from an image.
insert into jobs (id, member, recipe, rating, inputs) values
    (%(other)s, -%(seed)s::bigint - 3, jsonb_build_object('model', 'floor ' || %(seed)s), 'mature', 1);

-- name: break_hidden_image
-- A mature job whose recipe holds more than texts and numbers.
insert into jobs (id, member, recipe, rating) values (%(other)s, -%(seed)s::bigint - 3,
    jsonb_build_object('model', 'floor ' || %(seed)s, 'image', 'floor'), 'mature');

-- name: break_nested_image
-- A mature job where something else stands for a text.
insert into jobs (id, member, recipe, rating) values (%(other)s, -%(seed)s::bigint - 3,
    jsonb_build_object('model', 'floor ' || %(seed)s, 'prompt', jsonb_build_object('image', 'floor')), 'mature');

-- name: break_unvetted
-- A mature job for a model that was never vetted.
insert into jobs (id, member, recipe, rating) values (%(other)s, -%(seed)s::bigint - 3,
    jsonb_build_object('model', 'unvetted ' || %(seed)s), 'mature');

-- name: break_vetted_face
-- A model that knows real people by heart is vetted.
update vetted_models set recognised = 11 where model = 'floor ' || %(seed)s;

-- name: break_vetted_few
-- A model is vetted upon a handful of names.
update vetted_models set names = 999, recognised = 0 where model = 'floor ' || %(seed)s;

-- name: break_job_text
-- A job is drawn from another text than the one that was judged.
update jobs set recipe = '{"prompt": "other"}' where id = %(job)s;

-- name: break_mature_model
-- A mature job goes to another model than the one that was vetted.
update jobs set recipe = recipe || '{"model": "other"}' where id = %(mature)s;

-- name: break_unregistered
-- An image counts as signed though its origin is not registered.
update images set signed_at = now() where id = %(image)s;

-- name: break_origin_deleted
-- The origin of an image is forgotten.
delete from origins where image = %(image)s;

-- name: break_untold
-- Somebody is restricted and not told why.
insert into decisions (id, actor, member, act, code, policy, took)
values (%(other)s, -%(seed)s::bigint - 1, -%(seed)s::bigint - 3, 'warn', 'floor', 0, -%(seed)s::bigint);

-- name: break_untold_sanction
-- A sanction binds somebody who was not told why.
insert into sanctions (id, member, kind, decision)
values (%(other)s, -%(seed)s::bigint - 3, 'limit', %(untold)s);

-- name: break_statement_changed
-- A statement of reasons says something else afterwards.
update statements set words = 'other' where id = %(statement)s;

-- name: break_sanction_changed
-- A sanction grows.
update sanctions set points = 9 where id = %(sanction)s;

-- name: break_switched_off
-- A mature job in a house that makes none.
insert into jobs (id, member, recipe, rating) values (%(other)s, -%(seed)s::bigint - 3, jsonb_build_object('model', 'floor ' || %(seed)s), 'mature');

-- name: break_unassured
-- A mature job of a member whose age nobody has verified.
insert into jobs (id, member, recipe, rating) values (%(other)s, -%(seed)s::bigint - 1, jsonb_build_object('model', 'floor ' || %(seed)s), 'mature');

-- name: break_job_rating
-- A general job becomes a mature one on its way.
update jobs set rating = 'mature', inputs = 0 where id = %(job)s;

-- name: break_job_inputs
-- A job forgets that it started from an image.
update jobs set inputs = 0 where id = %(job)s;

-- name: break_rating_above_cap
-- A tainted image is rated upward.
update images set rating = 'mature' where id = %(image)s;

-- name: break_cap_upward
-- A cap goes up.
update images set cap = 'mature' where id = %(image)s;

-- name: break_image_of_general_job
-- A general job makes a mature image.
insert into images (id, job, place, member, recipe, width, height, bytes, sha256, seconds, rating, cap, shown)
values (%(other)s, %(job)s, 1, -%(seed)s::bigint - 3, '{}', 8, 8, 1, '\x00', 0, 'mature', 'mature', 'held');

-- name: break_image_from_image
-- What was made from an image is mature.
insert into images (id, job, place, member, recipe, width, height, bytes, sha256, seconds, parent, shown)
values (%(other)s, %(mature)s, 1, -%(seed)s::bigint - 3, '{}', 8, 8, 1, '\x00', 0, %(image)s, 'held');

-- name: break_lineage
-- An image forgets what it was made from.
update images set parent = %(other)s where id = %(image)s;

-- name: break_image_job
-- An image is handed to another job.
update images set job = %(mature)s where id = %(image)s;

-- name: break_unsigned
-- An unsigned image is shown to all.
update images set shown = 'members', signed_at = null where id = %(image)s;

-- name: break_sealed_row
-- Sealed evidence is changed.
update vault set sealed = '\x01' where id = %(vault)s;

-- name: break_sealed_deletion
-- Sealed evidence is deleted.
delete from vault where id = %(vault)s;

-- name: break_short_hold
-- Sealed evidence is held for a day.
insert into vault (id, "case", sealed, sha256, custodians, reason, hold_until)
values (%(other)s, %(other)s, '\x00', decode(repeat('00', 32), 'hex'), '{floor}', 'floor', now() + interval '1 day');

-- name: break_sealed_to_nobody
-- Evidence is sealed to nobody, so that nobody can ever open it.
insert into vault (id, "case", sealed, sha256, custodians, reason, hold_until)
values (%(other)s, %(other)s, '\x00', decode(repeat('00', 32), 'hex'), '{}', 'floor', now() + interval '400 days');

-- name: break_audit_changed
-- A link of the audit is changed.
update audit set reason = 'other' where seq = -%(seed)s::bigint;

-- name: break_audit_deleted
-- A link of the audit is deleted.
delete from audit where seq = -%(seed)s::bigint;

-- name: break_event_changed
-- An event of the ledger is changed.
update events set tag = 'floor:other' where id = -%(seed)s::bigint;

-- name: break_decision_changed
-- A decision says something else afterwards.
update decisions set code = 'other' where id = %(decision)s;

-- name: break_severe_alone
-- A severe decision takes effect without a second person.
insert into decisions (id, actor, act, code, policy, severe, took)
values (%(other)s, -%(seed)s::bigint - 1, 'suspend', 'floor', 0, true, -%(seed)s::bigint);

-- name: break_own_decision
-- Somebody decides about themselves.
insert into decisions (id, actor, member, act, code, policy)
values (%(other)s, -%(seed)s::bigint - 1, -%(seed)s::bigint - 1, 'warn', 'floor', 0);

-- name: break_decision_deleted
-- A decision is deleted.
delete from decisions where id = %(decision)s;

-- name: break_second_oneself
-- Somebody agrees with their own severe decision.
insert into decisions (id, actor, act, code, policy, severe, seconded)
values (%(other)s, -%(seed)s::bigint - 1, 'suspend', 'floor', 0, true, -%(seed)s::bigint - 1);

-- name: break_statement_deleted
-- A statement of reasons is deleted.
delete from statements where id = %(statement)s;

-- name: break_barred_ask
-- A member who is frozen asks for images.
with frozen as (
    insert into sanctions (id, member, kind, decision)
    select %(other)s, member, 'freeze', decision from sanctions where id = %(sanction)s
    returning member
)
insert into jobs (id, member, recipe) select %(other)s, member, '{}' from frozen;

-- name: break_sanction_deleted
-- A sanction is deleted and not voided.
delete from sanctions where id = %(sanction)s;

-- name: break_appeal_own_act
-- Who decided hears the appeal.
update appeals set decided_at = now(), decided_by = -%(seed)s::bigint - 1, upheld = true where id = %(appeal)s;

-- name: break_appeal_second
-- Who seconded hears the appeal.
update appeals set decided_at = now(), decided_by = -%(seed)s::bigint - 2, upheld = true where id = %(appeal)s;

-- name: break_appeal_by_member
-- The member hears their own appeal.
update appeals set decided_at = now(), decided_by = -%(seed)s::bigint - 3, upheld = false where id = %(appeal)s;

-- name: break_appeal_by_nobody
-- The house itself hears an appeal.
update appeals set decided_at = now(), upheld = true where id = %(appeal)s;

-- name: break_appeal_twice
-- An appeal that was decided is decided anew.
update appeals set decided_at = now(), upheld = false where id = %(heard)s;

-- name: break_own_policy
-- Somebody adopts their own policy.
update policies set adopted_by = proposed_by, adopted_at = now()
where version = -(%(seed)s %% 1000000000)::integer - 1;

-- name: break_policy_changed
-- A version says something else.
update policies set text = '[images]' where version = -(%(seed)s %% 1000000000)::integer - 1;

-- name: break_policy_deleted
-- A version that decisions name is deleted.
delete from policies where version = -(%(seed)s %% 1000000000)::integer - 1;

-- name: break_policy_terms_changed
-- A version judges by other terms.
update policy_lexicons set written = '' where version = -(%(seed)s %% 1000000000)::integer - 1;

-- name: break_policy_terms_added
-- An adopted version gets terms that nobody agreed to.
insert into policy_lexicons (version, place, entry, written)
values (-(%(seed)s %% 1000000000)::integer - 1000000001, 1, 'floor', '');

-- name: break_policy_trial_changed
-- What a version would have decided otherwise is told differently afterwards.
update policy_trials set differences = '[1]' where version = -(%(seed)s %% 1000000000)::integer - 1000000001;

-- name: break_policy_untried
-- A version is adopted that was never tried in shadow.
update policies set adopted_by = -%(seed)s::bigint - 2, adopted_at = now()
where version = -(%(seed)s %% 1000000000)::integer - 1;

-- name: break_own_age
-- Somebody vouches for their own age.
insert into assurances (id, member, provider, method, reference, verified_at, until, recorded_by)
    overriding system value
values (-%(seed)s::bigint - 1, -%(seed)s::bigint - 3, 'floor', 'photo_id', 'own ' || %(seed)s, now(),
    now() + interval '1 day', -%(seed)s::bigint - 3);

-- name: break_age_without_method
-- An age is verified by a member's own word.
insert into assurances (id, member, provider, method, reference, verified_at, until) overriding system value
values (-%(seed)s::bigint - 1, -%(seed)s::bigint - 3, 'floor', 'own_word', 'own ' || %(seed)s, now(),
    now() + interval '1 day');

-- name: break_age_deleted
-- A verified age is deleted and not withdrawn.
delete from assurances where id = -%(seed)s::bigint;
