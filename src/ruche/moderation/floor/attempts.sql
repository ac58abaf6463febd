-- name: break_both_modes
-- A house that is both.
update house_mode set outside = true, mature = true, switched_by = %(one)s, seconded_by = %(two)s;

-- name: break_switch_alone
-- One person switches mature on.
update house_mode set outside = false, mature = true, switched_by = %(one)s, seconded_by = null;

-- name: break_switch_with_oneself
-- One person is both.
update house_mode set outside = false, mature = true, switched_by = %(one)s, seconded_by = %(one)s;

-- name: break_mode_row
-- The row goes, and with it all that it forbids.
delete from house_mode;

-- name: break_mode_twice
-- A second row says that the house is something else.
insert into house_mode (one, mature, switched_by, seconded_by) values (false, true, %(one)s, %(two)s);

-- name: break_job_third_rating
-- A job has a rating that nobody knows, and passes what stands before the known ones.
insert into jobs (id, member, recipe, rating) values (%(other)s, %(maker)s, %(asked)s, 'explicit');

-- name: break_image_third_rating
-- An image has a rating that nobody knows.
update images set rating = 'explicit' where id = %(drawn)s;

-- name: break_image_third_cap
-- An image has a cap that nobody knows.
update images set cap = 'explicit' where id = %(image)s;

-- name: break_text_only
-- A mature job that starts from an image.
insert into jobs (id, member, recipe, rating, inputs) values (%(other)s, %(maker)s, %(asked)s, 'mature', 1);

-- name: break_hidden_image
-- A mature job whose recipe holds more than texts and numbers.
insert into jobs (id, member, recipe, rating)
values (%(other)s, %(maker)s, %(asked)s::jsonb || '{"image": "floor"}', 'mature');

-- name: break_nested_image
-- A mature job where something else stands for a text.
insert into jobs (id, member, recipe, rating)
values (%(other)s, %(maker)s, %(asked)s::jsonb || '{"prompt": {"image": "floor"}}', 'mature');

-- name: break_unvetted
-- A mature job for a model that was never vetted.
insert into jobs (id, member, recipe, rating)
values (%(other)s, %(maker)s, %(asked)s::jsonb || '{"model": "unvetted floor"}', 'mature');

-- name: break_vetted_face
-- A model that knows real people by heart is vetted.
update vetted_models set recognised = 11 where model = %(name)s;

-- name: break_vetted_few
-- A model is vetted upon a handful of names.
update vetted_models set names = 999, recognised = 0 where model = %(name)s;

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

-- name: break_origin_changed
-- An image is said to come from another model than the one that made it.
update origins set model = 'other' where image = %(image)s;

-- name: break_origin_of_gone
-- The origin of an image that is gone is given to another file.
update origins set sha256 = decode(repeat('01', 32), 'hex') where image = %(drawn)s;

-- name: break_untold
-- Somebody is restricted and not told why.
insert into decisions (id, actor, member, act, code, policy, took)
values (%(other)s, %(one)s, %(maker)s, 'warn', 'floor', 0, %(row)s);

-- name: break_untold_sanction
-- A sanction binds somebody who was not told why.
insert into sanctions (id, member, kind, decision) values (%(other)s, %(maker)s, 'limit', %(untold)s);

-- name: break_statement_changed
-- A statement of reasons says something else afterwards.
update statements set words = 'other' where id = %(statement)s;

-- name: break_sanction_changed
-- A sanction grows.
update sanctions set points = 9 where id = %(sanction)s;

-- name: break_switched_off
-- A mature job in a house that makes none.
insert into jobs (id, member, recipe, rating) values (%(other)s, %(maker)s, %(asked)s, 'mature');

-- name: break_unassured
-- A mature job of a member whose age nobody has verified.
insert into jobs (id, member, recipe, rating) values (%(other)s, %(one)s, %(asked)s, 'mature');

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
values (%(other)s, %(job)s, 1, %(maker)s, '{}', 8, 8, 1, '\x00', 0, 'mature', 'mature', 'held');

-- name: break_image_from_image
-- What was made from an image is mature.
insert into images (id, job, place, member, recipe, width, height, bytes, sha256, seconds, parent, shown)
values (%(other)s, %(mature)s, 1, %(maker)s, '{}', 8, 8, 1, '\x00', 0, %(image)s, 'held');

-- name: break_lineage
-- An image forgets what it was made from.
update images set parent = %(other)s where id = %(image)s;

-- name: break_image_job
-- An image is handed to another job.
update images set job = %(mature)s where id = %(image)s;

-- name: break_unsigned
-- An unsigned image is shown to all.
update images set shown = 'members', signed_at = null where id = %(image)s;

-- name: break_signature_lost
-- A signed image becomes an unsigned one.
update images set signed_at = null where id = %(drawn)s;

-- name: break_sealed_row
-- Sealed evidence is changed.
update vault set sealed = '\x01' where id = %(vault)s;

-- name: break_sealed_deletion
-- Sealed evidence is deleted.
delete from vault where id = %(vault)s;

-- name: break_short_hold
-- Sealed evidence is held for less than a year.
insert into vault (id, "case", sealed, sha256, custodians, reason, hold_until)
select %(other)s, "case", sealed, sha256, custodians, reason, now() + interval '364 days' from vault
where id = %(vault)s;

-- name: break_born_expired
-- Evidence is laid down as if its year were over.
insert into vault (id, "case", sealed, sha256, custodians, reason, sealed_at, hold_until)
select %(other)s, "case", sealed, sha256, custodians, reason, now() - interval '2 years', now()
from vault where id = %(vault)s;

-- name: break_handover_deleted
-- Evidence on its way to an authority is forgotten.
delete from handovers where evidence = %(vault)s;

-- name: break_sealed_to_nobody
-- Evidence is sealed to nobody, so that nobody can ever open it.
insert into vault (id, "case", sealed, sha256, custodians, reason, hold_until)
select %(other)s, "case", sealed, sha256, '{}', reason, hold_until from vault where id = %(vault)s;

-- name: break_audit_changed
-- A link of the audit is changed.
update audit set reason = 'other' where seq = %(row)s;

-- name: break_audit_deleted
-- A link of the audit is deleted.
delete from audit where seq = %(row)s;

-- name: break_head_deleted
-- The audit loses its head.
delete from audit_head;

-- name: break_head_rewound
-- The audit ends at an earlier link.
update audit_head set seq = %(row)s, hash = %(zeros)s;

-- name: break_head_ahead
-- The audit ends at a link that is not there.
update audit_head set seq = seq + 1;

-- name: break_event_changed
-- An event of the ledger is changed.
update events set tag = 'floor:other' where id = %(row)s;

-- name: break_decision_changed
-- A decision says something else afterwards.
update decisions set code = 'other' where id = %(decision)s;

-- name: break_severe_alone
-- A severe decision takes effect without a second person.
insert into decisions (id, actor, act, code, policy, severe, took)
values (%(other)s, %(one)s, 'suspend', 'floor', 0, true, %(row)s);

-- name: break_own_decision
-- Somebody decides about themselves.
insert into decisions (id, actor, member, act, code, policy)
values (%(other)s, %(one)s, %(one)s, 'warn', 'floor', 0);

-- name: break_decision_deleted
-- A decision is deleted.
delete from decisions where id = %(decision)s;

-- name: break_second_oneself
-- Somebody agrees with their own severe decision.
insert into decisions (id, actor, act, code, policy, severe, seconded)
values (%(other)s, %(one)s, 'suspend', 'floor', 0, true, %(one)s);

-- name: break_statement_deleted
-- A statement of reasons is deleted.
delete from statements where id = %(statement)s;

-- name: break_barred_ask
-- A member who is frozen asks for images.
with frozen as (insert into sanctions (id, member, kind, decision)
    select %(other)s, member, 'freeze', decision from sanctions where id = %(sanction)s returning member)
insert into jobs (id, member, recipe) select %(other)s, member, '{}' from frozen;

-- name: break_sanction_deleted
-- A sanction is deleted and not voided.
delete from sanctions where id = %(sanction)s;

-- name: break_appeal_own_act
-- Who decided hears the appeal.
update appeals set decided_at = now(), decided_by = %(one)s, upheld = true where id = %(appeal)s;

-- name: break_appeal_second
-- Who seconded hears the appeal.
update appeals set decided_at = now(), decided_by = %(two)s, upheld = true where id = %(appeal)s;

-- name: break_appeal_by_member
-- The member hears their own appeal.
update appeals set decided_at = now(), decided_by = %(maker)s, upheld = false where id = %(appeal)s;

-- name: break_appeal_by_nobody
-- The house itself hears an appeal.
update appeals set decided_at = now(), upheld = true where id = %(appeal)s;

-- name: break_appeal_twice
-- An appeal that was decided is decided anew.
update appeals set decided_at = now(), upheld = false where id = %(heard)s;

-- name: break_appeal_deleted
-- An appeal is deleted.
delete from appeals where id = %(appeal)s;

-- name: break_own_policy
-- Somebody adopts their own policy.
update policies set adopted_by = proposed_by, adopted_at = now() where version = %(version)s;

-- name: break_policy_changed
-- A version says something else.
update policies set text = '[images]' where version = %(version)s;

-- name: break_policy_terms
-- A version trusts another provider's word about ages than its text says.
update policies set age_provider = 'other' where version = %(version)s;

-- name: break_policy_deleted
-- A version that decisions name is deleted.
delete from policies where version = %(version)s;

-- name: break_policy_terms_changed
-- A version judges by other terms.
update policy_lexicons set written = '' where version = %(version)s;

-- name: break_policy_terms_added
-- An adopted version gets terms that nobody agreed to.
insert into policy_lexicons (version, place, entry, written)
values (%(agreed)s, 1, 'floor', '');

-- name: break_policy_trial_changed
-- What a version would have decided otherwise is told differently afterwards.
update policy_trials set differences = '[1]' where version = %(agreed)s;

-- name: break_policy_untried
-- A version is adopted that was never tried in shadow.
update policies set adopted_by = %(two)s, adopted_at = now()
where version = %(version)s;

-- name: break_own_age
-- Somebody vouches for their own age.
insert into assurances (id, member, provider, method, reference, verified_at, until, recorded_by) overriding system value
values (%(row)s - 1, %(maker)s, 'floor', 'photo_id', %(name)s, now(), now() + interval '1 day', %(maker)s);

-- name: break_age_without_method
-- An age is verified by a member's own word.
insert into assurances (id, member, provider, method, reference, verified_at, until) overriding system value
values (%(row)s - 1, %(maker)s, 'floor', 'own_word', %(name)s, now(), now() + interval '1 day');

-- name: break_age_changed
-- A verified age counts longer than it did.
update assurances set until = until + interval '1 day', withdrawn_at = now() where id = %(row)s;

-- name: break_age_again
-- A verified age that was withdrawn counts again.
update assurances set withdrawn_at = null where id = %(row)s - 4;

-- name: break_age_deleted
-- A verified age is deleted and not withdrawn.
delete from assurances where id = %(row)s;

-- name: break_discarded_shown
-- What its maker has thrown away is shown.
update images set discarded_at = now(), shown = 'maker' where id = %(image)s;

-- name: break_removed_shown
-- What a removal took from sight is shown while the removal stands.
with removed as (
    insert into decisions (id, actor, act, code, policy, image, took)
    values (%(other)s, %(one)s, 'remove', 'floor', 0, %(image)s, nextval('decisions_order'))
    returning image
)
update images set shown = 'maker' from removed where images.id = removed.image;
