-- AlterEnum
ALTER TYPE "invoice_state" ADD VALUE 'held';

-- AlterTable
ALTER TABLE "listings" ADD COLUMN     "holds_payments" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "invoices" ADD COLUMN     "held_at" TIMESTAMPTZ(3),
ADD COLUMN     "hold" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "shelves" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "seller_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "shelves_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "shelf_keys" (
    "shelf_id" UUID NOT NULL,
    "buyer_key" BYTEA NOT NULL,
    "added_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "shelf_keys_pkey" PRIMARY KEY ("shelf_id","buyer_key")
);

-- CreateTable
CREATE TABLE "shelf_orders" (
    "shelf_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "added_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "shelf_orders_pkey" PRIMARY KEY ("shelf_id","order_id")
);

-- CreateTable
CREATE TABLE "key_codes" (
    "code_hash" BYTEA NOT NULL,
    "buyer_key" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "key_codes_pkey" PRIMARY KEY ("code_hash")
);

-- CreateTable
CREATE TABLE "feed_growth" (
    "feed_id" UUID NOT NULL,
    "hour" TIMESTAMPTZ(0) NOT NULL,
    "blocks" BIGINT NOT NULL DEFAULT 0,
    "bytes" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "feed_growth_pkey" PRIMARY KEY ("feed_id","hour")
);

-- CreateTable
CREATE TABLE "feed_peers" (
    "feed_id" UUID NOT NULL,
    "seeder_key" BYTEA NOT NULL,
    "peers" INTEGER NOT NULL,
    "said_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "feed_peers_pkey" PRIMARY KEY ("feed_id","seeder_key")
);

-- CreateIndex
CREATE UNIQUE INDEX "shelves_seller_id_key" ON "shelves"("seller_id");

-- CreateIndex
CREATE INDEX "shelves_seen_at_idx" ON "shelves"("seen_at");

-- CreateIndex
CREATE INDEX "shelf_orders_order_id_idx" ON "shelf_orders"("order_id");

-- CreateIndex
CREATE INDEX "key_codes_expires_at_idx" ON "key_codes"("expires_at");

-- CreateIndex
CREATE INDEX "feed_growth_hour_idx" ON "feed_growth"("hour");

-- AddForeignKey
ALTER TABLE "shelves" ADD CONSTRAINT "shelves_seller_id_fkey" FOREIGN KEY ("seller_id") REFERENCES "sellers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "shelf_keys" ADD CONSTRAINT "shelf_keys_shelf_id_fkey" FOREIGN KEY ("shelf_id") REFERENCES "shelves"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "shelf_orders" ADD CONSTRAINT "shelf_orders_shelf_id_fkey" FOREIGN KEY ("shelf_id") REFERENCES "shelves"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "shelf_orders" ADD CONSTRAINT "shelf_orders_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "feed_growth" ADD CONSTRAINT "feed_growth_feed_id_fkey" FOREIGN KEY ("feed_id") REFERENCES "feeds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "feed_peers" ADD CONSTRAINT "feed_peers_feed_id_fkey" FOREIGN KEY ("feed_id") REFERENCES "feeds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
