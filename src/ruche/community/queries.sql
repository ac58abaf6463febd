-- name: add_image
-- An image that was made; no row where this place of the job was delivered before. It counts as signed
-- where its origin is registered with these very bytes.
insert into images (id, job, place, member, recipe, width, height, bytes, sha256, tint, seconds,
    signed_at)
values (%(id)s, %(job)s, %(place)s, %(member)s, %(recipe)s, %(width)s, %(height)s, %(bytes)s, %(sha256)s,
    %(tint)s, %(seconds)s,
    (select now() from origins where image = %(id)s and sha256 = %(sha256)s))
on conflict do nothing
returning id;

-- name: find_image
-- One image of this member's that is not held.
select * from images
where id = %(id)s and member = %(member)s and shown <> 'held' and signed_at is not null
    and may_see(rating, %(member)s);

-- name: keep_image
-- One image, whoever's it is, locked.
select * from images where id = %(id)s for update;

-- name: any_image
-- One image, whoever's it is and whoever sees it.
select * from images where id = %(id)s;

-- name: publish_image
-- Before all members, from now.
update images set shown = 'members', published_at = now(), taken_back_at = null where id = %(id)s;

-- name: unpublish_image
-- To its maker alone, and before others only when they offer it again.
update images set shown = 'maker', published_at = null, taken_back_at = now() where id = %(id)s;

-- name: offer_image
-- Its maker wants it before all members.
update images set taken_back_at = null where id = %(id)s;

-- name: take_out_image
-- Take away any image.
delete from images where id = %(id)s;

-- name: seen_image
-- An image of this member's that is not held, or one that all members see.
select * from images
where id = %(id)s and signed_at is not null and may_see(rating, %(member)s)
    and (shown = 'members' or (shown = 'maker' and member = %(member)s));

-- name: prompts_of_images
-- The prompts of these images.
select id, recipe ->> 'prompt' as prompt from images where id = any(%(ids)s::uuid[]);

-- name: last_prompts
-- What was asked for last, each once, of the newest images.
select prompt
from (
    select recipe ->> 'prompt' as prompt, created_at from images order by created_at desc limit 4 * %(most)s
) newest
group by prompt
order by max(created_at) desc, prompt
limit %(most)s;

-- name: lineage
-- What an image was made from, nearest first.
with recursive line(id, depth) as (
    select parent, 1 from images where id = %(id)s and parent is not null
    union all
    select images.parent, depth + 1 from line join images using (id)
    where images.parent is not null and depth < %(most)s
)
select line.id, images.recipe ->> 'prompt' as prompt, images.created_at
from line left join images using (id)
order by depth;

-- name: images_of_job
-- The finished images of a job that are not held, in their order.
select * from images
where job = %(job)s and shown <> 'held' and signed_at is not null and may_see(rating, member)
order by place;

-- name: held_of_job
-- The places of a job whose images are held.
select place from images where job = %(job)s and shown = 'held' and discarded_at is null order by place;

-- name: held_of_member
-- Places of the member's images that are held, newest first.
select job, place, width, height, recipe ->> 'prompt' as prompt, created_at from images
where member = %(member)s and shown = 'held' and discarded_at is null
order by created_at desc, id desc
limit %(limit)s;

-- name: lock_visibility
-- Who may see an image, kept from others until this transaction ends.
select member, shown, rating, published_at, taken_back_at is not null as taken_back
from images where id = %(id)s for update;

-- name: set_visibility
-- Who may see it from now on; what its maker has deleted comes before nobody any more.
update images set rating = %(rating)s,
    shown = case when discarded_at is null then %(shown)s else 'held' end,
    published_at = case when discarded_at is null then %(published_at)s::timestamptz end
where id = %(id)s;

-- name: page_of_images
-- The member's images, newest first, a page at a time.
select * from images
where member = %(member)s and shown <> 'held' and signed_at is not null and may_see(rating, member)
    and (
        %(before)s::uuid is null
        or (created_at, id) < (select created_at, id from images where id = %(before)s and member = %(member)s)
    )
order by created_at desc, id desc
limit %(limit)s;

-- name: newer_image
-- The member's image that came right after this one.
select id from images
where member = %(member)s and shown <> 'held' and signed_at is not null and may_see(rating, member)
    and (created_at, id) > (select created_at, id from images where id = %(id)s and member = %(member)s)
order by created_at, id
limit 1;

-- name: remove_image
-- Take away an image of this member's; one that is held stays until it is decided.
delete from images where id = %(id)s and member = %(member)s and shown <> 'held' returning *;

-- name: set_aside_image
-- An image of this member's is gone for them and for all others; its row and files wait for a person.
update images set shown = 'held', published_at = null, discarded_at = now()
where id = %(id)s and member = %(member)s and shown <> 'held';

-- name: images_set_aside
-- What was set aside, longest ago first.
select id from images where discarded_at is not null order by discarded_at limit %(most)s;

-- name: loosen
-- From here on the image's files go, unless its row stands when somebody looks.
insert into loose_files (image, job, sha256) values (%(image)s, %(job)s, decode(%(mark)s, 'hex'))
on conflict (image, sha256) do update set loose_at = now();

-- name: fasten
-- The image's files are where they belong: kept with its row, or gone.
delete from loose_files where image = %(image)s and sha256 = decode(%(mark)s, 'hex');

-- name: put_off
-- The image's files could not be deleted: they wait as if loose only from now.
update loose_files set loose_at = now()
where image = %(image)s and sha256 = decode(%(mark)s, 'hex');

-- name: forsaken
-- One set of files that nobody will finish, kept from others for the time of this transaction. An image
-- keeps the files that its row describes and no other attempt's.
select loose_files.image, encode(loose_files.sha256, 'hex') as mark, exists (
    select from images
    where images.id = loose_files.image
        and loose_files.sha256 = case when images.signed_at is null then ''::bytea else images.sha256 end
) as kept
from loose_files
where loose_at < now() - %(grace)s * interval '1 second'
    and not exists (select from claims where claims.job = loose_files.job)
    and image <> all(%(but)s::uuid[])
order by loose_at
limit 1
for update of loose_files skip locked;

-- name: register_origin
-- An image that was made here, for good; what was signed anew is brought up to date.
insert into origins (image, sha256, pdq, quality, pixels, views, manifest, model, made_on)
values (%(image)s, %(sha256)s, %(pdq)s, %(quality)s, %(pixels)s, %(views)s, %(manifest)s, %(model)s,
    %(made_on)s)
on conflict (image) do update set sha256 = excluded.sha256, manifest = excluded.manifest;

-- name: origin_by_sha256
-- The image whose file has this digest.
select image, sha256, pdq, quality, pixels, manifest, model, made_on from origins
where sha256 = %(sha256)s order by number limit 1;

-- name: origin_by_image
-- One image that was made here.
select image, sha256, pdq, quality, pixels, manifest, model, made_on from origins where image = %(image)s;

-- name: origin_by_number
-- One image that was made here, by its number.
select image, sha256, pdq, quality, pixels, manifest, model, made_on from origins where number = %(number)s;

-- name: maker_of_origin
-- Who made an image, where they let it be told and the image is still theirs.
select members.name from images join members on members.id = images.member
where images.id = %(image)s and images.discarded_at is null
    and members.credited and members.disabled_at is null;

-- name: copies_of_origin
-- The other images with the same fingerprint, where it tells pictures apart, or with the same pixels.
select image from origins
where (pdq = %(pdq)s::bytea and quality >= 50 or pixels = %(pixels)s::bytea) and image <> %(image)s;

-- name: images_in_sight
-- Those of these images that anybody can see, locked.
select * from images where id = any(%(ids)s::uuid[]) and shown <> 'held' order by id for update;

-- name: images_of_job_in_sight
-- The images of a job that anybody can see, locked.
select * from images where job = %(job)s and shown <> 'held' order by id for update;

-- name: origins_from
-- The number from which on about as many origins follow as one may keep in memory.
select greatest(0, coalesce(max(number), 0) - %(most)s) as number from origins;

-- name: fingerprints_of_origins
-- A stretch of the sound fingerprints after a number, end to end, so that a million come in a second.
select count(*) as count, string_agg(pdq, ''::bytea order by number) as pdqs,
    string_agg(int8send(number), ''::bytea order by number) as numbers
from (
    select number, pdq from origins
    where number > %(after)s and pdq is not null and quality >= 50
    order by number
    limit %(most)s
) as stretch;

-- name: introduce_certificate
-- A certificate that signs for the house.
insert into certificates (mark, chain, self_made) values (%(mark)s, %(chain)s, %(self_made)s)
on conflict do nothing;

-- name: known_certificates
-- All certificates that have ever signed for the house.
select chain, self_made from certificates order by used_at;

-- name: unsigned_image
-- One image that stands without a signature, from before there were any.
select * from images
where signed_at is null and id <> all(%(but)s::uuid[])
order by created_at
limit 1;

-- name: sign_image
-- The image's file has its signature now.
update images set signed_at = now(), sha256 = %(sha256)s, bytes = %(bytes)s where id = %(id)s;

-- name: image_stands
-- Whether there is such an image.
select from images where id = %(id)s;

-- name: comparison_is_due
-- Whether the banks hold what the images that stand were not compared with.
select from comparisons
where upto is not null or done < (select coalesce(max(id), 0) from fingerprints);

-- name: compare_alone
-- Whether nobody else compares; for as long as this connection lives or until it says so.
select pg_try_advisory_lock(hashtext('ruche comparisons')) as mine;

-- name: compare_no_more
-- Another may.
select pg_advisory_unlock(hashtext('ruche comparisons'));

-- name: begin_comparison
-- The next fingerprints, where none are under way. What was seen before goes first: it is the sooner settled.
with newest as (
    select case when seen > done then seen else last end as seen,
        case when seen > done then seen_at else now() end as seen_at
    from comparisons, (select coalesce(max(id), 0) as last from fingerprints) banks
    where upto is null and greatest(seen, last) > done
)
update comparisons set seen = newest.seen, seen_at = newest.seen_at, number = 0, upto = coalesce(
    (select id from fingerprints where id > done and id < newest.seen order by id offset %(most)s - 1 limit 1),
    newest.seen)
from newest;

-- name: comparison_under_way
-- With which fingerprints the images are being compared, and how far that is.
select done, upto, number from comparisons where upto is not null;

-- name: images_to_compare
-- A stretch of the register, with what is to be compared of the images that still stand.
select stretch.number, images.id, stretch.sha256, stretch.pixels,
    case when images.id is not null and stretch.quality >= %(sound)s then stretch.views end
from (select * from origins where number > %(after)s order by number limit %(most)s) as stretch
    -- Looked up one by one: the planner would rather go through all images for every page.
    left join lateral (select id from images where images.id = stretch.image offset 0) as images on true
order by stretch.number;

-- name: compared_so_far
-- The images up to this number are done.
update comparisons set number = greatest(number, %(number)s) where upto is not null;

-- name: end_comparison
-- All images are done, unless one may still come that was looked at before the banks grew.
update comparisons set done = upto, upto = null
where upto is not null
    and now() not between seen_at and seen_at + %(settle)s * interval '1 second';

-- name: begin_comparisons_anew
-- Nothing counts as compared.
update comparisons set done = 0, upto = null where done > 0 or upto is not null;
