-- The rules for what the migration before brought (new enum values may be used only after it is committed).

ALTER TABLE "sellers" ADD CONSTRAINT "sellers_email" CHECK ("email" = lower("email"));
ALTER TABLE "sellers" ADD CONSTRAINT "sellers_linking_key_size" CHECK (octet_length("linking_key") = 33);
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_id_size" CHECK (octet_length("id") = 32);
ALTER TABLE "login_challenges" ADD CONSTRAINT "login_challenges_sizes"
  CHECK (octet_length("k1") = 32 AND octet_length("session_id") = 32 AND octet_length("linking_key") = 33 IS NOT FALSE);
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_env" CHECK ("env" IN ('sandbox', 'live'));
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_scopes" CHECK ("scopes" <@ ARRAY['read', 'listings', 'data', 'payouts']);
ALTER TABLE "terms" ADD CONSTRAINT "terms_hash_size" CHECK (octet_length("hash") = 32);
CREATE TRIGGER terms_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON "terms"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE "listings" ADD CONSTRAINT "listings_version" CHECK ("version" > 0);
-- A draft may be withdrawn as well.
ALTER TABLE "listings" DROP CONSTRAINT "listings_published";
ALTER TABLE "listings" ADD CONSTRAINT "listings_published" CHECK ("state" IN ('draft', 'withdrawn') OR "published_at" IS NOT NULL);
ALTER TABLE "listings" ADD CONSTRAINT "listings_preview_blocks" CHECK ("preview_blocks" BETWEEN 0 AND 100);
ALTER TABLE "feeds" ADD CONSTRAINT "feeds_mirrored" CHECK (("origin" = 'mirrored') = ("peer_key" IS NOT NULL AND "challenge" IS NOT NULL AND "claimed_cores" IS NOT NULL));
ALTER TABLE "feeds" ADD CONSTRAINT "feeds_sizes" CHECK (octet_length("peer_key") = 32 IS NOT FALSE AND octet_length("challenge") = 32 IS NOT FALSE);
ALTER TABLE "append_batches" ADD CONSTRAINT "append_batches_part" CHECK ("part" >= 0);
UPDATE "append_batches" SET "end_index" = "first_index" + "blocks" WHERE "first_index" IS NOT NULL;
ALTER TABLE "append_batches" ADD CONSTRAINT "append_batches_end" CHECK (("first_index" IS NULL) = ("end_index" IS NULL) AND "end_index" >= "first_index" IS NOT FALSE);

ALTER TABLE "file_writes" ADD CONSTRAINT "file_writes_whole" CHECK (num_nulls("size", "sha256", "content_type") = CASE WHEN "deletes" THEN 3 WHEN "ready_at" IS NULL THEN 2 ELSE 0 END);
ALTER TABLE "file_writes" ADD CONSTRAINT "file_writes_written" CHECK ("written_at" IS NULL OR "ready_at" IS NOT NULL);
ALTER TABLE "file_writes" ADD CONSTRAINT "file_writes_sizes" CHECK ("size" >= 0 IS NOT FALSE AND octet_length("sha256") = 32 IS NOT FALSE);
ALTER TABLE "file_chunks" ADD CONSTRAINT "file_chunks_part" CHECK ("part" >= 0);
ALTER TABLE "drive_files" ADD CONSTRAINT "drive_files_sizes" CHECK ("size" >= 0 AND octet_length("sha256") = 32);
-- Payloads pass through once: compressing them would cost more than it saves.
ALTER TABLE "append_batches" ALTER COLUMN "payload" SET STORAGE EXTERNAL;
ALTER TABLE "file_chunks" ALTER COLUMN "payload" SET STORAGE EXTERNAL;
CREATE TRIGGER file_writes_tell_inserted AFTER INSERT ON "file_writes"
  FOR EACH ROW WHEN (NEW.ready_at IS NOT NULL) EXECUTE FUNCTION tell('file_writes', 'id');
CREATE TRIGGER file_writes_tell_ready AFTER UPDATE ON "file_writes"
  FOR EACH ROW WHEN (OLD.ready_at IS NULL AND NEW.ready_at IS NOT NULL) EXECUTE FUNCTION tell('file_writes', 'id');
CREATE TRIGGER file_writes_tell_written AFTER UPDATE ON "file_writes"
  FOR EACH ROW WHEN (OLD.written_at IS NULL AND NEW.written_at IS NOT NULL) EXECUTE FUNCTION tell('files_written', 'id');

-- A plan's price is in msat or in a currency; a retired plan leaves its name to the next.
ALTER TABLE "plans" DROP CONSTRAINT "plans_price", DROP CONSTRAINT "plans_period";
ALTER TABLE "plans" ADD CONSTRAINT "plans_price" CHECK (
  CASE WHEN "kind" IN ('free', 'trial') THEN "price_msat" = 0 AND "price_msat" IS NOT NULL AND "currency" IS NULL AND "price_minor" IS NULL
  WHEN "currency" IS NULL THEN "price_msat" > 0 AND "price_msat" IS NOT NULL AND "price_minor" IS NULL
  ELSE "price_msat" IS NULL AND "price_minor" > 0 AND "price_minor" IS NOT NULL END);
ALTER TABLE "plans" ADD CONSTRAINT "plans_period" CHECK (("kind" IN ('time', 'trial')) = ("period_ms" IS NOT NULL) AND "period_ms" > 0 IS NOT FALSE);
CREATE UNIQUE INDEX "plans_listing_id_name_in_force" ON "plans" ("listing_id", "name") WHERE "retired_at" IS NULL;

ALTER TABLE "exchange_rates" ADD CONSTRAINT "exchange_rates_positive" CHECK ("msat_per_unit" > 0);
ALTER TABLE "orders" ADD CONSTRAINT "orders_terms_hash_fkey" FOREIGN KEY ("terms_hash") REFERENCES "terms" ("hash");
CREATE UNIQUE INDEX "orders_one_trial" ON "orders" ("listing_id", "buyer_key") WHERE "trial";
ALTER TABLE "orders" ADD CONSTRAINT "orders_rate" CHECK (num_nulls("currency", "price_minor", "msat_per_unit", "rate_source", "rate_as_of") IN (0, 5));

ALTER TABLE "payouts" ADD CONSTRAINT "payouts_hash_size" CHECK (octet_length("payment_hash") = 32);
ALTER TABLE "payouts" ADD CONSTRAINT "payouts_amounts" CHECK ("amount_msat" > 0 AND "max_fee_msat" >= 0 AND "fee_msat" >= 0 IS NOT FALSE);
ALTER TABLE "payouts" ADD CONSTRAINT "payouts_for_one" CHECK (CASE "kind" WHEN 'withdrawal' THEN "seller_id" IS NOT NULL AND "order_id" IS NULL ELSE "order_id" IS NOT NULL AND "seller_id" IS NULL END);
ALTER TABLE "payouts" ADD CONSTRAINT "payouts_sent" CHECK (("sent_at" IS NULL) = ("node_key" IS NULL));
ALTER TABLE "payouts" ADD CONSTRAINT "payouts_ended" CHECK (("state" = 'pending') = ("ended_at" IS NULL));
ALTER TABLE "payouts" ADD CONSTRAINT "payouts_paid" CHECK ("state" <> 'paid' OR ("preimage" IS NOT NULL AND "fee_msat" IS NOT NULL AND sha256("preimage") = "payment_hash"));
ALTER TABLE "ledger_transactions" ADD CONSTRAINT "ledger_transactions_payout_id_fkey" FOREIGN KEY ("payout_id") REFERENCES "payouts" ("id");

ALTER TABLE "usage" ADD CONSTRAINT "usage_counts" CHECK ("blocks" >= 0 AND "bytes" >= 0);
ALTER TABLE "listing_views" ADD CONSTRAINT "listing_views_visitor_size" CHECK (octet_length("visitor") = 16);

-- What a search reads of a listing: a hit in the title weighs more than one in the tags, and that more than one in the text.
CREATE FUNCTION listing_document(slug text, title text, tags text[], description text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT setweight(to_tsvector('english', title || ' ' || replace(slug, '-', ' ')), 'A')
      || setweight(to_tsvector('english', (SELECT coalesce(string_agg(replace(tag, '-', ' '), ' '), '') FROM unnest(tags) AS tag)), 'B')
      || setweight(to_tsvector('english', description), 'C')
$$;
-- Kept, as ranking would otherwise read the whole text of every hit again.
ALTER TABLE "listings" ADD COLUMN "document" tsvector GENERATED ALWAYS AS (listing_document("slug", "title", "tags", "description")) STORED;
CREATE INDEX "listings_search" ON "listings" USING gin ("document");
CREATE INDEX "listings_tags" ON "listings" USING gin ("tags");

-- What the cheapest plan of a listing costs now, trials left out; NULL while no rate is known.
CREATE FUNCTION listing_price_msat(listing uuid) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT min(coalesce(p.price_msat, ceil(p.price_minor * r.msat_per_unit / 10 ^ r.minor_digits::numeric)::bigint))
  FROM plans p LEFT JOIN exchange_rates r ON r.currency = p.currency
  WHERE p.listing_id = listing AND p.retired_at IS NULL AND p.kind <> 'trial'
$$;

CREATE TRIGGER webhook_deliveries_tell AFTER INSERT ON "webhook_deliveries"
  FOR EACH ROW EXECUTE FUNCTION tell('webhook_deliveries', 'id');
CREATE TRIGGER webhook_deliveries_tell_redelivered AFTER UPDATE ON "webhook_deliveries"
  FOR EACH ROW WHEN (NEW.state = 'pending' AND NEW.attempts = 0)
  EXECUTE FUNCTION tell('webhook_deliveries', 'id');
CREATE TRIGGER payouts_tell AFTER INSERT ON "payouts"
  FOR EACH ROW EXECUTE FUNCTION tell('payouts', 'id');
CREATE TRIGGER listings_tell_preview AFTER INSERT OR UPDATE OF "preview_from", "preview_blocks" ON "listings"
  FOR EACH ROW EXECUTE FUNCTION tell('previews', 'id');
