/** A lease is void when it has run out, or when the process that gave it is not the one that holds the file now. */
const isVoid = 'lease is not null and (lease <= :now or holder <> :holder)'

/** The statements of a queue; every one is bound to `queue`. */
export const sql = {
  find: 'select 1 from job where queue = :queue and id = :id',
  count: 'select jobs from job_count where queue = :queue',
  add: `insert into job(queue, id, priority, due, attempt, payload) values(:queue, :id, :priority, :due, 0, :payload)`,
  addLeased: `insert into job(queue, id, priority, attempt, payload, lease, holder, consumer, token)
    values(:queue, :id, :priority, 1, :payload, :lease, :holder, :consumer, :token)`,
  void: `update job set lease = null, holder = null, consumer = null, token = null where queue = :queue and ${isVoid}`,
  promote: 'update job set due = null where queue = :queue and due <= :now',
  isReady: `select exists(select 1 from job where queue = :queue and lease is null and due is null)
    or exists(select 1 from job where queue = :queue and due <= :now)
    or exists(select 1 from job where queue = :queue and ${isVoid}) as yes`,
  nextChange: `select min(at) as at from (
    select min(due) as at from job where queue = :queue and due is not null
    union all select min(lease) from job where queue = :queue and lease is not null)`,
  ready: `select no, id, priority, attempt + 1 as attempt, payload from job
    where queue = :queue and lease is null and due is null order by priority, no limit :max`,
  lease: `update job set lease = :lease, holder = :holder, consumer = :consumer, token = :token, attempt = attempt + 1
    where no = :no`,
  extend: `update job set lease = :lease where queue = :queue and id = :id and token = :token`,
  ack: 'delete from job where queue = :queue and id = :id and token = :token',
  release: `update job set lease = null, holder = null, consumer = null, token = null, attempt = attempt - 1
    where queue = :queue and id = :id and token = :token`,
  retry: `update job set lease = null, holder = null, consumer = null, token = null, due = :due
    where queue = :queue and id = :id and token = :token`,
  bury: `delete from job where queue = :queue and id = :id and token = :token
    returning id, priority, attempt, payload`,
  dead: `insert into job_dead(queue, id, priority, attempts, error, at, payload)
    values(:queue, :id, :priority, :attempts, :error, :at, :payload)
    on conflict do update set priority = excluded.priority, attempts = excluded.attempts, error = excluded.error,
      at = excluded.at, payload = excluded.payload`,
  remove: `delete from job where queue = :queue and id = :id and (lease is null or (${isVoid}))`,
  stats: `select
    (select count(*) from job where queue = :queue and lease is null and due is null)
      + (select count(*) from job where queue = :queue and due <= :now)
      + (select count(*) from job where queue = :queue and ${isVoid}) as waiting,
    (select count(*) from job where queue = :queue and due > :now) as delayed,
    (select count(*) from job where queue = :queue and lease > :now and holder = :holder) as running,
    (select count(*) from job_dead where queue = :queue) as dead`,
  listDead: `select id, payload, attempts, error, at from job_dead where queue = :queue order by at desc, no desc limit :max`,
  exhume: 'delete from job_dead where queue = :queue and id = :id returning id, priority, payload',
}
