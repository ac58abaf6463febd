-- name: add_image
-- An image that was made; no row where this place of the job was delivered before.
insert into images (id, job, place, member, recipe, width, height, bytes, sha256, tint, seconds)
values (%(id)s, %(job)s, %(place)s, %(member)s, %(recipe)s, %(width)s, %(height)s, %(bytes)s, %(sha256)s,
    %(tint)s, %(seconds)s)
on conflict do nothing
returning id;

-- name: find_image
-- One image of this member's.
select * from images where id = %(id)s and member = %(member)s;

-- name: seen_image
-- An image of this member's, or one that all members see.
select * from images
where id = %(id)s and (member = %(member)s or (shown = 'members' and signed_at is not null));

-- name: prompts_of_images
-- The prompts of these images.
select id, recipe ->> 'prompt' as prompt from images where id = any(%(ids)s::uuid[]);

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
-- The finished images of a job, in their order.
select * from images where job = %(job)s order by place;

-- name: lock_visibility
-- Who may see an image, kept from others until this transaction ends.
select member, shown, rating, published_at from images where id = %(id)s for update;

-- name: set_visibility
-- Who may see it from now on.
update images set shown = %(shown)s, rating = %(rating)s, published_at = %(published_at)s::timestamptz
where id = %(id)s;

-- name: page_of_images
-- The member's images, newest first, a page at a time.
select * from images
where member = %(member)s
    and (
        %(before)s::uuid is null
        or (created_at, id) < (select created_at, id from images where id = %(before)s and member = %(member)s)
    )
order by created_at desc, id desc
limit %(limit)s;

-- name: newer_image
-- The member's image that came right after this one.
select id from images
where member = %(member)s
    and (created_at, id) > (select created_at, id from images where id = %(id)s and member = %(member)s)
order by created_at, id
limit 1;

-- name: remove_image
-- Take away an image of this member's.
delete from images where id = %(id)s and member = %(member)s returning job;

-- name: loosen
-- From here on the image's files go, unless its row stands when somebody looks.
insert into loose_files (image, job) values (%(image)s, %(job)s)
on conflict (image) do update set loose_at = now();

-- name: fasten
-- The image's files are where they belong: kept with its row, or gone.
delete from loose_files where image = %(image)s;

-- name: put_off
-- The image's files could not be deleted: they wait as if loose only from now.
update loose_files set loose_at = now() where image = %(image)s;

-- name: forsaken
-- One set of files that nobody will finish, kept from others for the time of this transaction.
select loose_files.image, exists (select from images where images.id = loose_files.image) as kept
from loose_files
where loose_at < now() - %(grace)s * interval '1 second'
    and not exists (select from claims where claims.job = loose_files.job)
    and image <> all(%(but)s::uuid[])
order by loose_at
limit 1
for update of loose_files skip locked;
