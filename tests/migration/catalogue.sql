-- Everything that a schema makes, one line a thing: what kind, its name, and all that matters about it.
-- The table of migrations is left out only in its rows. Column order does not count.
with ours as (
    select c.* from pg_class c where c.relnamespace = 'public'::regnamespace
)
select 'table', relname::text,
       concat_ws(' ', relkind, relpersistence, relrowsecurity, reloptions::text,
                 case when relkind in ('v', 'm') then pg_get_viewdef(oid) end)
from ours where relkind in ('r', 'p', 'v', 'm', 'f')
union all
select 'column', c.relname || '.' || a.attname,
       concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
                 a.attstorage, a.attoptions::text, a.attcollation, pg_get_expr(d.adbin, d.adrelid))
from ours c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relkind in ('r', 'p', 'v', 'm', 'f')
union all
select 'constraint', c.relname || '.' || k.conname,
       concat_ws(' ', pg_get_constraintdef(k.oid), k.condeferrable, k.condeferred, k.convalidated)
from ours c join pg_constraint k on k.conrelid = c.oid
union all
select 'index', c.relname::text,
       concat_ws(' ', pg_get_indexdef(c.oid), i.indisvalid, c.reloptions::text)
from ours c join pg_index i on i.indexrelid = c.oid
union all
select 'trigger', c.relname || '.' || t.tgname, concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled)
from ours c join pg_trigger t on t.tgrelid = c.oid and not t.tgisinternal
union all
select 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid)
from pg_proc p where p.pronamespace = 'public'::regnamespace
union all
select 'sequence', c.relname::text,
       concat_ws(' ', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
from ours c join pg_sequence s on s.seqrelid = c.oid;
