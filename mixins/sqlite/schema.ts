import type { DatabaseSync } from 'node:sqlite'
import { DataFileRefused } from './refused.ts'

const first = `
create table document(
  no integer primary key, collection text not null, id text not null, rev integer not null, body text not null,
  unique(collection, id)
) strict;
create table frozen(
  no integer primary key, collection text not null, id text not null, body text not null, unique(collection, id)
) strict;

create table topic_message(
  topic text, partition integer, "offset" integer, at integer not null, id text not null, key text not null,
  type text not null, headers text not null, payload text not null, primary key(topic, partition, "offset")
) strict, without rowid;
create table topic_head(
  topic text, partition integer, next integer not null, primary key(topic, partition)
) strict, without rowid;
create table topic_position(
  "group" text, topic text, partition integer, next integer not null, primary key("group", topic, partition)
) strict, without rowid;

create table job(
  no integer primary key, queue text not null, id text not null, priority integer not null, due integer,
  lease integer, holder text, consumer text, token text, attempt integer not null default 0, payload text not null,
  unique(queue, id)
) strict;
create index job_ready on job(queue, priority, no) where lease is null and due is null;
create index job_due on job(queue, due) where due is not null;
create index job_lease on job(queue, lease) where lease is not null;
create table job_dead(
  no integer primary key, queue text not null, id text not null, priority integer not null, attempts integer not null,
  error text not null, at integer not null, payload text not null, unique(queue, id)
) strict;
create table job_count(queue text primary key, jobs integer not null) strict, without rowid;
create trigger job_added after insert on job begin
  insert into job_count values(new.queue, 1) on conflict do update set jobs = jobs + 1;
end;
create trigger job_gone after delete on job begin
  update job_count set jobs = jobs - 1 where queue = old.queue;
end;

create table stream(no integer primary key, key text unique, seq integer not null) strict;
create table stream_extent(
  stream integer, channel text, bytes integer not null, primary key(stream, channel)
) strict, without rowid;
create table stream_chunk(
  no integer primary key, stream integer not null, seq integer not null, channel text not null,
  "offset" integer not null, at integer not null, bytes blob not null
) strict;
create unique index stream_chunk_seq on stream_chunk(stream, seq);
create index stream_chunk_offset on stream_chunk(stream, channel, "offset");
`

const second = `
create table outbox(no integer primary key autoincrement, at integer not null, topic text not null, message text not null) strict;
`

/** Every step that brings a data file to the next version; a step that was released never changes. */
const steps: readonly string[] = [first, second, 'alter table stream add column settled integer not null default 0']

// "Room": tells our file from any other SQLite file.
const APPLICATION = 0x526f6f6d

const pragma = (db: DatabaseSync, name: string) => Number(Object.values(db.prepare(`pragma ${name}`).get() ?? {})[0])

/** Brings the data file to this version of Greenroom; refuses one that is newer or belongs to somebody else. */
export const migrate = (db: DatabaseSync, file: string): void => {
  const version = pragma(db, 'user_version')
  const owner = pragma(db, 'application_id')
  const isNew = version === 0 && owner === 0 && pragma(db, 'page_count') <= 1
  if (!isNew && owner !== APPLICATION) {
    throw new DataFileRefused(`${file} belongs to another program. Set GREENROOM_DATA to another directory.`)
  }
  if (version > steps.length) {
    const sentence = `${file} was written by a newer Greenroom (data version ${version}, known up to ${steps.length}).`
    throw new DataFileRefused(`${sentence} Start that version, or restore an older copy.`)
  }
  if (version === steps.length) return
  db.exec('begin immediate')
  for (const step of steps.slice(version)) db.exec(step)
  db.exec(`pragma user_version = ${steps.length}; pragma application_id = ${APPLICATION}; commit`)
}
