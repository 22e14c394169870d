-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "listing_state" AS ENUM ('draft', 'live', 'unlisted', 'withdrawn');

-- CreateEnum
CREATE TYPE "feed_origin" AS ENUM ('hosted', 'mirrored');

-- CreateEnum
CREATE TYPE "plan_kind" AS ENUM ('time', 'forever', 'free');

-- CreateEnum
CREATE TYPE "order_state" AS ENUM ('open', 'paid', 'lapsed');

-- CreateEnum
CREATE TYPE "invoice_state" AS ENUM ('preparing', 'open', 'settled', 'cancelled');

-- CreateEnum
CREATE TYPE "payment_outcome" AS ENUM ('settled', 'late_honoured', 'late_refundable', 'underpaid', 'unknown');

-- CreateEnum
CREATE TYPE "grant_state" AS ENUM ('live', 'expired', 'revoked');

-- CreateEnum
CREATE TYPE "grant_change" AS ENUM ('issued', 'extended', 'expired', 'revoked');

-- CreateEnum
CREATE TYPE "ledger_account_kind" AS ENUM ('node', 'seller', 'commission', 'refundable');

-- CreateTable
CREATE TABLE "sellers" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sellers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "seller_id" UUID NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "label" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "listings" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "seller_id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "tags" TEXT[],
    "licence" TEXT NOT NULL,
    "source_url" TEXT,
    "state" "listing_state" NOT NULL DEFAULT 'draft',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "published_at" TIMESTAMPTZ(3),

    CONSTRAINT "listings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "feeds" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "listing_id" UUID NOT NULL,
    "kind" TEXT NOT NULL DEFAULT 'hypercore',
    "origin" "feed_origin" NOT NULL DEFAULT 'hosted',
    "block_schema" JSON NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "feeds_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "feed_cores" (
    "key" BYTEA NOT NULL,
    "feed_id" UUID NOT NULL,
    "role" TEXT NOT NULL DEFAULT 'data',
    "discovery_key" BYTEA NOT NULL,
    "length" BIGINT NOT NULL DEFAULT 0,
    "byte_length" BIGINT NOT NULL DEFAULT 0,
    "last_block_at" TIMESTAMPTZ(3),

    CONSTRAINT "feed_cores_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "append_batches" (
    "seq" BIGSERIAL NOT NULL,
    "feed_id" UUID NOT NULL,
    "batch_id" TEXT NOT NULL,
    "payload_hash" BYTEA NOT NULL,
    "payload" BYTEA,
    "blocks" INTEGER NOT NULL,
    "first_index" BIGINT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "appended_at" TIMESTAMPTZ(3),

    CONSTRAINT "append_batches_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "plans" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "listing_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "plan_kind" NOT NULL,
    "price_msat" BIGINT NOT NULL,
    "period_ms" BIGINT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "plans_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "orders" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "listing_id" UUID NOT NULL,
    "plan_id" UUID NOT NULL,
    "buyer_key" BYTEA NOT NULL,
    "quantity" INTEGER NOT NULL,
    "price_msat" BIGINT NOT NULL,
    "duration_ms" BIGINT,
    "state" "order_state" NOT NULL DEFAULT 'open',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "paid_at" TIMESTAMPTZ(3),

    CONSTRAINT "orders_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "invoices" (
    "payment_hash" BYTEA NOT NULL,
    "order_id" UUID NOT NULL,
    "node_key" TEXT,
    "preimage" BYTEA NOT NULL,
    "amount_msat" BIGINT NOT NULL,
    "bolt11" TEXT,
    "state" "invoice_state" NOT NULL DEFAULT 'preparing',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "invoices_pkey" PRIMARY KEY ("payment_hash")
);

-- CreateTable
CREATE TABLE "payments" (
    "payment_hash" BYTEA NOT NULL,
    "order_id" UUID,
    "node_key" TEXT NOT NULL,
    "settle_index" BIGINT NOT NULL,
    "outcome" "payment_outcome" NOT NULL,
    "received_msat" BIGINT NOT NULL,
    "credited_msat" BIGINT NOT NULL,
    "refundable_msat" BIGINT NOT NULL,
    "settled_at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "payments_pkey" PRIMARY KEY ("payment_hash")
);

-- CreateTable
CREATE TABLE "grants" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "feed_id" UUID NOT NULL,
    "buyer_key" BYTEA NOT NULL,
    "state" "grant_state" NOT NULL DEFAULT 'live',
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "grants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "grant_log" (
    "seq" BIGINT NOT NULL DEFAULT 0,
    "grant_id" UUID NOT NULL,
    "feed_id" UUID NOT NULL,
    "buyer_key" BYTEA NOT NULL,
    "change" "grant_change" NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "payment_hash" BYTEA,
    "reason" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "grant_log_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "ledger_accounts" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "kind" "ledger_account_kind" NOT NULL,
    "owner" TEXT NOT NULL,
    "balance_msat" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "ledger_accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_transactions" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "kind" TEXT NOT NULL,
    "payment_hash" BYTEA,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ledger_transactions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_entries" (
    "id" BIGSERIAL NOT NULL,
    "transaction_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "amount_msat" BIGINT NOT NULL,

    CONSTRAINT "ledger_entries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "node_cursors" (
    "node_key" TEXT NOT NULL,
    "settle_index" BIGINT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "node_cursors_pkey" PRIMARY KEY ("node_key")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" BIGSERIAL NOT NULL,
    "topic" TEXT NOT NULL,
    "subject_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "delivered_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "scope" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" BYTEA NOT NULL,
    "resource_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("scope","key")
);

-- CreateTable
CREATE TABLE "seeders" (
    "noise_key" BYTEA NOT NULL,
    "bootstrap" JSONB NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "seeders_pkey" PRIMARY KEY ("noise_key")
);

-- CreateIndex
CREATE UNIQUE INDEX "listings_slug_key" ON "listings"("slug");

-- CreateIndex
CREATE INDEX "listings_state_published_at_id_idx" ON "listings"("state", "published_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "feeds_listing_id_key" ON "feeds"("listing_id");

-- CreateIndex
CREATE UNIQUE INDEX "feed_cores_discovery_key_key" ON "feed_cores"("discovery_key");

-- CreateIndex
CREATE UNIQUE INDEX "feed_cores_feed_id_role_key" ON "feed_cores"("feed_id", "role");

-- CreateIndex
CREATE INDEX "append_batches_appended_at_seq_idx" ON "append_batches"("appended_at", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "append_batches_feed_id_batch_id_key" ON "append_batches"("feed_id", "batch_id");

-- CreateIndex
CREATE UNIQUE INDEX "plans_listing_id_name_key" ON "plans"("listing_id", "name");

-- CreateIndex
CREATE INDEX "orders_state_expires_at_idx" ON "orders"("state", "expires_at");

-- CreateIndex
CREATE INDEX "orders_buyer_key_created_at_idx" ON "orders"("buyer_key", "created_at");

-- CreateIndex
CREATE INDEX "invoices_order_id_idx" ON "invoices"("order_id");

-- CreateIndex
CREATE INDEX "invoices_state_expires_at_idx" ON "invoices"("state", "expires_at");

-- CreateIndex
CREATE INDEX "payments_order_id_idx" ON "payments"("order_id");

-- CreateIndex
CREATE INDEX "payments_node_key_settle_index_idx" ON "payments"("node_key", "settle_index");

-- CreateIndex
CREATE INDEX "grants_state_expires_at_idx" ON "grants"("state", "expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "grants_feed_id_buyer_key_key" ON "grants"("feed_id", "buyer_key");

-- CreateIndex
CREATE UNIQUE INDEX "grant_log_payment_hash_key" ON "grant_log"("payment_hash");

-- CreateIndex
CREATE INDEX "grant_log_grant_id_idx" ON "grant_log"("grant_id");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_accounts_kind_owner_key" ON "ledger_accounts"("kind", "owner");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_transactions_payment_hash_key" ON "ledger_transactions"("payment_hash");

-- CreateIndex
CREATE INDEX "ledger_entries_transaction_id_idx" ON "ledger_entries"("transaction_id");

-- CreateIndex
CREATE INDEX "ledger_entries_account_id_idx" ON "ledger_entries"("account_id");

-- CreateIndex
CREATE INDEX "outbox_delivered_at_id_idx" ON "outbox"("delivered_at", "id");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_seller_id_fkey" FOREIGN KEY ("seller_id") REFERENCES "sellers"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "listings" ADD CONSTRAINT "listings_seller_id_fkey" FOREIGN KEY ("seller_id") REFERENCES "sellers"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "feeds" ADD CONSTRAINT "feeds_listing_id_fkey" FOREIGN KEY ("listing_id") REFERENCES "listings"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "feed_cores" ADD CONSTRAINT "feed_cores_feed_id_fkey" FOREIGN KEY ("feed_id") REFERENCES "feeds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "append_batches" ADD CONSTRAINT "append_batches_feed_id_fkey" FOREIGN KEY ("feed_id") REFERENCES "feeds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "plans" ADD CONSTRAINT "plans_listing_id_fkey" FOREIGN KEY ("listing_id") REFERENCES "listings"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "orders" ADD CONSTRAINT "orders_listing_id_fkey" FOREIGN KEY ("listing_id") REFERENCES "listings"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "orders" ADD CONSTRAINT "orders_plan_id_fkey" FOREIGN KEY ("plan_id") REFERENCES "plans"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "grants" ADD CONSTRAINT "grants_feed_id_fkey" FOREIGN KEY ("feed_id") REFERENCES "feeds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "grant_log" ADD CONSTRAINT "grant_log_grant_id_fkey" FOREIGN KEY ("grant_id") REFERENCES "grants"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_entries" ADD CONSTRAINT "ledger_entries_transaction_id_fkey" FOREIGN KEY ("transaction_id") REFERENCES "ledger_transactions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_entries" ADD CONSTRAINT "ledger_entries_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "ledger_accounts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
