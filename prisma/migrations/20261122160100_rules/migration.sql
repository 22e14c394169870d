-- The rules that Prisma's schema cannot express. What breaks one is refused by the database itself.

-- Keys and hashes are 32 bytes.
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_secret_hash_size" CHECK (octet_length("secret_hash") = 32);
ALTER TABLE "feed_cores" ADD CONSTRAINT "feed_cores_key_sizes" CHECK (octet_length("key") = 32 AND octet_length("discovery_key") = 32);
ALTER TABLE "orders" ADD CONSTRAINT "orders_buyer_key_size" CHECK (octet_length("buyer_key") = 32);
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_hash_sizes" CHECK (octet_length("payment_hash") = 32 AND octet_length("preimage") = 32);
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_preimage_opens_hash" CHECK (sha256("preimage") = "payment_hash");
ALTER TABLE "payments" ADD CONSTRAINT "payments_hash_size" CHECK (octet_length("payment_hash") = 32);
ALTER TABLE "grants" ADD CONSTRAINT "grants_buyer_key_size" CHECK (octet_length("buyer_key") = 32);
ALTER TABLE "seeders" ADD CONSTRAINT "seeders_noise_key_size" CHECK (octet_length("noise_key") = 32);

-- Amounts, quantities and what belongs together.
ALTER TABLE "listings" ADD CONSTRAINT "listings_published" CHECK ("state" = 'draft' OR "published_at" IS NOT NULL);
ALTER TABLE "feed_cores" ADD CONSTRAINT "feed_cores_lengths" CHECK ("length" >= 0 AND "byte_length" >= 0);
ALTER TABLE "append_batches" ADD CONSTRAINT "append_batches_blocks" CHECK ("blocks" > 0);
ALTER TABLE "append_batches" ADD CONSTRAINT "append_batches_payload_until_appended" CHECK (("payload" IS NULL) = ("appended_at" IS NOT NULL));
ALTER TABLE "append_batches" ADD CONSTRAINT "append_batches_index_known" CHECK ("appended_at" IS NULL OR "first_index" IS NOT NULL);
ALTER TABLE "plans" ADD CONSTRAINT "plans_price" CHECK (("kind" = 'free') = ("price_msat" = 0) AND "price_msat" >= 0);
ALTER TABLE "plans" ADD CONSTRAINT "plans_period" CHECK (("kind" = 'time') = ("period_ms" IS NOT NULL) AND "period_ms" > 0 IS NOT FALSE);
ALTER TABLE "orders" ADD CONSTRAINT "orders_quantity" CHECK ("quantity" BETWEEN 1 AND 1000);
ALTER TABLE "orders" ADD CONSTRAINT "orders_price" CHECK ("price_msat" >= 0);
ALTER TABLE "orders" ADD CONSTRAINT "orders_paid" CHECK (("state" = 'paid') = ("paid_at" IS NOT NULL));
-- An amountless invoice would let the payer name the price.
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_amount" CHECK ("amount_msat" > 0);
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_known_to_node" CHECK ("state" IN ('preparing', 'cancelled') OR ("bolt11" IS NOT NULL AND "node_key" IS NOT NULL));
ALTER TABLE "payments" ADD CONSTRAINT "payments_amounts" CHECK ("received_msat" >= 0 AND "credited_msat" >= 0 AND "refundable_msat" >= 0);
ALTER TABLE "payments" ADD CONSTRAINT "payments_accounted" CHECK ("outcome" = 'unknown' OR ("order_id" IS NOT NULL AND "received_msat" = "credited_msat" + "refundable_msat"));
ALTER TABLE "payments" ADD CONSTRAINT "payments_order_fkey" FOREIGN KEY ("order_id") REFERENCES "orders" ("id");
ALTER TABLE "grants" ADD CONSTRAINT "grants_period" CHECK ("expires_at" > "starts_at" IS NOT FALSE);
ALTER TABLE "node_cursors" ADD CONSTRAINT "node_cursors_index" CHECK ("settle_index" >= 0);

-- Only what mirrors the node goes below zero.
ALTER TABLE "ledger_accounts" ADD CONSTRAINT "ledger_accounts_balance" CHECK ("kind" = 'node' OR "balance_msat" >= 0);
ALTER TABLE "ledger_entries" ADD CONSTRAINT "ledger_entries_amount" CHECK ("amount_msat" <> 0);

CREATE FUNCTION ledger_keep_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ledger_accounts SET balance_msat = balance_msat + NEW.amount_msat WHERE id = NEW.account_id;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_entries_balance AFTER INSERT ON "ledger_entries"
  FOR EACH ROW EXECUTE FUNCTION ledger_keep_balance();

CREATE FUNCTION ledger_refuse_imbalance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  transaction uuid := (to_jsonb(NEW) ->> TG_ARGV[0])::uuid;
  total numeric;
  entries int;
BEGIN
  SELECT coalesce(sum(e.amount_msat), 0), count(*) INTO total, entries FROM ledger_entries e WHERE e.transaction_id = transaction;
  IF total <> 0 OR entries < 2 THEN
    RAISE EXCEPTION 'ledger transaction % has % entries that sum to % msat', transaction, entries, total
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entries_zero_sum AFTER INSERT ON "ledger_entries"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_refuse_imbalance('transaction_id');
CREATE CONSTRAINT TRIGGER ledger_transactions_zero_sum AFTER INSERT ON "ledger_transactions"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_refuse_imbalance('id');

-- History is written once.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% rows are never changed', TG_TABLE_NAME;
END $$;
CREATE TRIGGER ledger_transactions_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON "ledger_transactions"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_entries_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON "ledger_entries"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER grant_log_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON "grant_log"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payments_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON "payments"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A grant log number is taken under a lock that is held until commit: numbers become visible in their order,
-- and a follower that has seen one has seen all before it.
CREATE SEQUENCE "grant_log_seq" AS bigint OWNED BY "grant_log"."seq";
CREATE FUNCTION grant_log_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('grant_log'));
  NEW.seq := nextval('grant_log_seq');
  RETURN NEW;
END $$;
CREATE TRIGGER grant_log_number BEFORE INSERT ON "grant_log"
  FOR EACH ROW EXECUTE FUNCTION grant_log_number();

-- Whoever waits for a change is told which row to read; the row is the truth.
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify(TG_ARGV[0], to_jsonb(NEW) ->> TG_ARGV[1]);
  RETURN NULL;
END $$;
CREATE TRIGGER grant_log_tell AFTER INSERT ON "grant_log"
  FOR EACH ROW EXECUTE FUNCTION tell('grant_log', 'seq');
CREATE TRIGGER feeds_tell AFTER INSERT ON "feeds"
  FOR EACH ROW EXECUTE FUNCTION tell('feeds', 'id');
CREATE TRIGGER feed_cores_tell AFTER INSERT ON "feed_cores"
  FOR EACH ROW EXECUTE FUNCTION tell('feeds', 'feed_id');
CREATE TRIGGER orders_tell AFTER INSERT OR UPDATE ON "orders"
  FOR EACH ROW EXECUTE FUNCTION tell('orders', 'id');
CREATE TRIGGER invoices_tell AFTER INSERT OR UPDATE ON "invoices"
  FOR EACH ROW EXECUTE FUNCTION tell('orders', 'order_id');
CREATE TRIGGER outbox_tell AFTER INSERT ON "outbox"
  FOR EACH ROW EXECUTE FUNCTION tell('outbox', 'id');

-- to_jsonb would copy the payload, so batches have a function of their own.
CREATE FUNCTION tell_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify(TG_ARGV[0], NEW.seq::text);
  RETURN NULL;
END $$;
CREATE TRIGGER append_batches_tell AFTER INSERT ON "append_batches"
  FOR EACH ROW EXECUTE FUNCTION tell_batch('append_batches');
CREATE TRIGGER append_batches_tell_appended AFTER UPDATE ON "append_batches"
  FOR EACH ROW WHEN (OLD.appended_at IS NULL AND NEW.appended_at IS NOT NULL)
  EXECUTE FUNCTION tell_batch('appended');
