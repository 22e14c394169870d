-- CreateEnum
CREATE TYPE "preview_from" AS ENUM ('first', 'last');

-- CreateEnum
CREATE TYPE "feed_kind" AS ENUM ('hypercore', 'hyperbee', 'hyperdrive');

-- CreateEnum
CREATE TYPE "source_fault" AS ENUM ('forked', 'conflict', 'foreign_blobs');

-- CreateEnum
CREATE TYPE "payout_kind" AS ENUM ('withdrawal', 'refund');

-- CreateEnum
CREATE TYPE "payout_state" AS ENUM ('pending', 'paid', 'failed');

-- CreateEnum
CREATE TYPE "delivery_state" AS ENUM ('pending', 'delivered', 'failed');

-- CreateEnum
CREATE TYPE "transport" AS ENUM ('swarm', 'http');

-- AlterEnum
ALTER TYPE "plan_kind" ADD VALUE 'trial';

-- AlterEnum
ALTER TYPE "grant_change" ADD VALUE 'restored';

-- AlterEnum
ALTER TYPE "ledger_account_kind" ADD VALUE 'payout';

-- DropIndex
DROP INDEX "append_batches_feed_id_batch_id_key";

-- DropIndex
DROP INDEX "plans_listing_id_name_key";

-- AlterTable
ALTER TABLE "sellers" ADD COLUMN     "contact" TEXT,
ADD COLUMN     "email" TEXT,
ADD COLUMN     "homepage" TEXT,
ADD COLUMN     "linking_key" BYTEA,
ADD COLUMN     "password_hash" TEXT;

-- AlterTable
ALTER TABLE "api_keys" ADD COLUMN     "env" TEXT NOT NULL DEFAULT 'sandbox',
ADD COLUMN     "expires_at" TIMESTAMPTZ(3),
ADD COLUMN     "last_used_at" TIMESTAMPTZ(3),
ADD COLUMN     "scopes" TEXT[] DEFAULT ARRAY['read', 'listings', 'data']::TEXT[];

-- AlterTable
ALTER TABLE "listings" ADD COLUMN     "preview_blocks" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "preview_from" "preview_from" NOT NULL DEFAULT 'last',
ADD COLUMN     "terms_hash" BYTEA,
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "feeds" ADD COLUMN     "challenge" BYTEA,
ADD COLUMN     "claimed_cores" JSONB,
ADD COLUMN     "peer_key" BYTEA,
ADD COLUMN     "preview" JSONB,
ADD COLUMN     "preview_at" TIMESTAMPTZ(3),
ADD COLUMN     "proved_at" TIMESTAMPTZ(3),
ADD COLUMN     "source_fault" "source_fault",
ADD COLUMN     "source_seen_at" TIMESTAMPTZ(3),
ALTER COLUMN "kind" DROP DEFAULT,
ALTER COLUMN "kind" TYPE "feed_kind" USING "kind"::"feed_kind",
ALTER COLUMN "kind" SET DEFAULT 'hypercore';

-- AlterTable
ALTER TABLE "feed_cores" ADD COLUMN     "manifest" BYTEA,
ADD COLUMN     "proof" BYTEA,
ADD COLUMN     "source_length" BIGINT;

-- AlterTable
ALTER TABLE "append_batches" ADD COLUMN     "end_index" BIGINT,
ADD COLUMN     "part" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "plans" ADD COLUMN     "currency" CHAR(3),
ADD COLUMN     "position" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "price_minor" BIGINT,
ALTER COLUMN "price_msat" DROP NOT NULL;

-- AlterTable
ALTER TABLE "orders" ADD COLUMN     "currency" CHAR(3),
ADD COLUMN     "msat_per_unit" DECIMAL(30,9),
ADD COLUMN     "price_minor" BIGINT,
ADD COLUMN     "rate_as_of" TIMESTAMPTZ(3),
ADD COLUMN     "rate_source" TEXT,
ADD COLUMN     "terms_hash" BYTEA,
ADD COLUMN     "trial" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "ledger_transactions" ADD COLUMN     "payout_id" UUID;

-- AlterTable
ALTER TABLE "outbox" ADD COLUMN     "payload" JSONB,
ADD COLUMN     "seller_id" UUID;

-- AlterTable
ALTER TABLE "seeders" ADD COLUMN     "gateway_url" TEXT;

-- CreateTable
CREATE TABLE "sessions" (
    "id" BYTEA NOT NULL,
    "seller_id" UUID,
    "data" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "login_challenges" (
    "k1" BYTEA NOT NULL,
    "session_id" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "linking_key" BYTEA,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "login_challenges_pkey" PRIMARY KEY ("k1")
);

-- CreateTable
CREATE TABLE "terms" (
    "hash" BYTEA NOT NULL,
    "seller_id" UUID NOT NULL,
    "text" TEXT NOT NULL,
    "licence" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "terms_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "listing_views" (
    "listing_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "visitor" BYTEA NOT NULL,

    CONSTRAINT "listing_views_pkey" PRIMARY KEY ("listing_id","day","visitor")
);

-- CreateTable
CREATE TABLE "file_writes" (
    "id" BIGSERIAL NOT NULL,
    "feed_id" UUID NOT NULL,
    "path" TEXT NOT NULL,
    "deletes" BOOLEAN NOT NULL DEFAULT false,
    "content_type" TEXT,
    "size" BIGINT,
    "sha256" BYTEA,
    "blob_index" BIGINT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ready_at" TIMESTAMPTZ(3),
    "written_at" TIMESTAMPTZ(3),

    CONSTRAINT "file_writes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "file_chunks" (
    "write_id" BIGINT NOT NULL,
    "part" INTEGER NOT NULL,
    "payload" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "file_chunks_pkey" PRIMARY KEY ("write_id","part")
);

-- CreateTable
CREATE TABLE "drive_files" (
    "feed_id" UUID NOT NULL,
    "path" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "sha256" BYTEA NOT NULL,
    "content_type" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "drive_files_pkey" PRIMARY KEY ("feed_id","path")
);

-- CreateTable
CREATE TABLE "exchange_rates" (
    "currency" CHAR(3) NOT NULL,
    "msat_per_unit" DECIMAL(30,9) NOT NULL,
    "minor_digits" INTEGER NOT NULL,
    "source" TEXT NOT NULL,
    "as_of" TIMESTAMPTZ(3) NOT NULL,
    "fresh_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "exchange_rates_pkey" PRIMARY KEY ("currency")
);

-- CreateTable
CREATE TABLE "payouts" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "kind" "payout_kind" NOT NULL,
    "seller_id" UUID,
    "order_id" UUID,
    "bolt11" TEXT NOT NULL,
    "payment_hash" BYTEA NOT NULL,
    "amount_msat" BIGINT NOT NULL,
    "max_fee_msat" BIGINT NOT NULL,
    "fee_msat" BIGINT,
    "preimage" BYTEA,
    "state" "payout_state" NOT NULL DEFAULT 'pending',
    "failure" TEXT,
    "sent_at" TIMESTAMPTZ(3),
    "node_key" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "payouts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_endpoints" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "seller_id" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "events" TEXT[],
    "secret" BYTEA NOT NULL,
    "previous_secret" BYTEA,
    "previous_until" TIMESTAMPTZ(3),
    "failing_since" TIMESTAMPTZ(3),
    "disabled_at" TIMESTAMPTZ(3),
    "disabled_reason" TEXT,
    "deleted_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_endpoints_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_events" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "seller_id" UUID NOT NULL,
    "outbox_id" BIGINT,
    "type" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_deliveries" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "endpoint_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "state" "delivery_state" NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_attempts" (
    "id" BIGSERIAL NOT NULL,
    "delivery_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "duration_ms" INTEGER NOT NULL,
    "status" INTEGER,
    "error" TEXT,
    "answer" TEXT,

    CONSTRAINT "webhook_attempts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "usage" (
    "feed_id" UUID NOT NULL,
    "buyer_key" BYTEA NOT NULL,
    "hour" TIMESTAMPTZ(0) NOT NULL,
    "transport" "transport" NOT NULL,
    "blocks" BIGINT NOT NULL DEFAULT 0,
    "bytes" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "usage_pkey" PRIMARY KEY ("feed_id","buyer_key","hour","transport")
);

-- CreateTable
CREATE TABLE "rate_limits" (
    "key" TEXT NOT NULL,
    "points" INTEGER NOT NULL,
    "expire" BIGINT,

    CONSTRAINT "rate_limits_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "sessions_expires_at_idx" ON "sessions"("expires_at");

-- CreateIndex
CREATE INDEX "sessions_seller_id_idx" ON "sessions"("seller_id");

-- CreateIndex
CREATE INDEX "login_challenges_expires_at_idx" ON "login_challenges"("expires_at");

-- CreateIndex
CREATE INDEX "file_writes_written_at_ready_at_idx" ON "file_writes"("written_at", "ready_at");

-- CreateIndex
CREATE UNIQUE INDEX "payouts_payment_hash_key" ON "payouts"("payment_hash");

-- CreateIndex
CREATE INDEX "payouts_state_created_at_idx" ON "payouts"("state", "created_at");

-- CreateIndex
CREATE INDEX "payouts_seller_id_created_at_idx" ON "payouts"("seller_id", "created_at");

-- CreateIndex
CREATE INDEX "webhook_endpoints_seller_id_idx" ON "webhook_endpoints"("seller_id");

-- CreateIndex
CREATE UNIQUE INDEX "webhook_events_outbox_id_key" ON "webhook_events"("outbox_id");

-- CreateIndex
CREATE INDEX "webhook_events_seller_id_at_idx" ON "webhook_events"("seller_id", "at");

-- CreateIndex
CREATE INDEX "webhook_deliveries_endpoint_id_state_next_attempt_at_idx" ON "webhook_deliveries"("endpoint_id", "state", "next_attempt_at");

-- CreateIndex
CREATE INDEX "webhook_deliveries_endpoint_id_id_idx" ON "webhook_deliveries"("endpoint_id", "id");

-- CreateIndex
CREATE INDEX "webhook_deliveries_event_id_idx" ON "webhook_deliveries"("event_id");

-- CreateIndex
CREATE UNIQUE INDEX "webhook_deliveries_endpoint_id_event_id_key" ON "webhook_deliveries"("endpoint_id", "event_id");

-- CreateIndex
CREATE INDEX "webhook_attempts_delivery_id_idx" ON "webhook_attempts"("delivery_id");

-- CreateIndex
CREATE INDEX "usage_hour_idx" ON "usage"("hour");

-- CreateIndex
CREATE INDEX "rate_limits_expire_idx" ON "rate_limits"("expire");

-- CreateIndex
CREATE UNIQUE INDEX "sellers_email_key" ON "sellers"("email");

-- CreateIndex
CREATE UNIQUE INDEX "sellers_linking_key_key" ON "sellers"("linking_key");

-- CreateIndex
CREATE INDEX "listings_seller_id_id_idx" ON "listings"("seller_id", "id");

-- CreateIndex
CREATE INDEX "api_keys_seller_id_idx" ON "api_keys"("seller_id");

-- CreateIndex
CREATE UNIQUE INDEX "append_batches_feed_id_batch_id_part_key" ON "append_batches"("feed_id", "batch_id", "part");

-- CreateIndex
CREATE INDEX "plans_listing_id_name_idx" ON "plans"("listing_id", "name");

-- CreateIndex
CREATE INDEX "orders_listing_id_created_at_idx" ON "orders"("listing_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_transactions_payout_id_kind_key" ON "ledger_transactions"("payout_id", "kind");

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_seller_id_fkey" FOREIGN KEY ("seller_id") REFERENCES "sellers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "terms" ADD CONSTRAINT "terms_seller_id_fkey" FOREIGN KEY ("seller_id") REFERENCES "sellers"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "listings" ADD CONSTRAINT "listings_terms_hash_fkey" FOREIGN KEY ("terms_hash") REFERENCES "terms"("hash") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "listing_views" ADD CONSTRAINT "listing_views_listing_id_fkey" FOREIGN KEY ("listing_id") REFERENCES "listings"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "file_writes" ADD CONSTRAINT "file_writes_feed_id_fkey" FOREIGN KEY ("feed_id") REFERENCES "feeds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "file_chunks" ADD CONSTRAINT "file_chunks_write_id_fkey" FOREIGN KEY ("write_id") REFERENCES "file_writes"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "drive_files" ADD CONSTRAINT "drive_files_feed_id_fkey" FOREIGN KEY ("feed_id") REFERENCES "feeds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payouts" ADD CONSTRAINT "payouts_seller_id_fkey" FOREIGN KEY ("seller_id") REFERENCES "sellers"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payouts" ADD CONSTRAINT "payouts_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_seller_id_fkey" FOREIGN KEY ("seller_id") REFERENCES "sellers"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "webhook_endpoints"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "webhook_events"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_attempts" ADD CONSTRAINT "webhook_attempts_delivery_id_fkey" FOREIGN KEY ("delivery_id") REFERENCES "webhook_deliveries"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "usage" ADD CONSTRAINT "usage_feed_id_fkey" FOREIGN KEY ("feed_id") REFERENCES "feeds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
