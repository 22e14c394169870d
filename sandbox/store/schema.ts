/** All that the daemon keeps, one file for every node, so that one commit covers them all. */
export const SCHEMA = `
create table if not exists meta (key text primary key, value text not null) without rowid;

create table if not exists kv (
  node text, space text, subspace text, key text, value blob not null,
  primary key (node, space, subspace, key)
) without rowid;

create table if not exists blocks (height integer primary key, header blob not null, txs text not null);
create table if not exists mempool (txid text primary key, tx blob not null) without rowid;

create table if not exists invoices (
  node text not null,
  add_index integer not null,
  hash text not null,
  preimage text,
  request text not null,
  payment_secret text not null,
  memo text not null,
  description_hash text not null,
  value_msat integer not null,
  created_s integer not null,
  expiry_s integer not null,
  expires_s integer generated always as (created_s + expiry_s) virtual,
  cltv_delta integer not null,
  is_private integer not null,
  hints text not null,
  is_hold integer not null,
  state text not null default 'open',
  paid_msat integer not null default 0,
  settle_index integer,
  settled_s integer,
  htlc text
);
create unique index if not exists invoices_by_add on invoices (node, add_index);
create unique index if not exists invoices_by_hash on invoices (node, hash);
create unique index if not exists invoices_by_settle on invoices (node, settle_index)
  where settle_index is not null;
create index if not exists invoices_pending on invoices (node, add_index)
  where state in ('open', 'accepted');
create index if not exists invoices_expiring on invoices (expires_s) where state = 'open';
create index if not exists invoices_held on invoices (node) where state = 'accepted';
create index if not exists invoices_by_time on invoices (node, created_s, add_index);

create table if not exists payments (
  node text not null,
  payment_index integer not null,
  hash text not null,
  payment_id text not null,
  request text not null,
  destination text not null,
  amount_msat integer not null,
  fee_limit_msat integer not null,
  status text not null default 'queued',
  created_ms integer not null,
  give_up_ms integer not null,
  route text not null,
  fee_msat integer not null default 0,
  preimage text,
  failure text,
  resolved_ms integer
);
create unique index if not exists payments_by_index on payments (node, payment_index);
create unique index if not exists payments_by_hash on payments (node, hash);
create unique index if not exists payments_by_id on payments (node, payment_id);
create index if not exists payments_pending on payments (node, payment_index)
  where status in ('queued', 'sent');
`;
