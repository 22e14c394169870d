-- CreateEnum
CREATE TYPE "plan_history" AS ENUM ('all', 'from_purchase', 'last');

-- CreateEnum
CREATE TYPE "message_direction" AS ENUM ('to_buyer', 'to_seller');

-- AlterTable
ALTER TABLE "plans" ADD COLUMN     "history" "plan_history" NOT NULL DEFAULT 'all',
ADD COLUMN     "history_blocks" BIGINT,
ADD COLUMN     "max_connections" INTEGER,
ADD COLUMN     "tracked" BOOLEAN NOT NULL DEFAULT true;

-- AlterTable
ALTER TABLE "grants" ADD COLUMN     "from_block" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "max_connections" INTEGER;

-- AlterTable
ALTER TABLE "grant_log" ADD COLUMN     "from_block" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "max_connections" INTEGER;

-- CreateTable
CREATE TABLE "messages" (
    "seq" BIGINT NOT NULL DEFAULT 0,
    "id" UUID NOT NULL,
    "feed_id" UUID NOT NULL,
    "direction" "message_direction" NOT NULL,
    "buyer_key" BYTEA,
    "name" TEXT NOT NULL,
    "body" JSON NOT NULL,
    "sent_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "read_at" TIMESTAMPTZ(3),

    CONSTRAINT "messages_pkey" PRIMARY KEY ("seq")
);

-- CreateIndex
CREATE INDEX "messages_feed_id_seq_idx" ON "messages"("feed_id", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "messages_feed_id_buyer_key_id_key" ON "messages"("feed_id", "buyer_key", "id");

-- AddForeignKey
ALTER TABLE "messages" ADD CONSTRAINT "messages_feed_id_fkey" FOREIGN KEY ("feed_id") REFERENCES "feeds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What belongs together.
ALTER TABLE "plans" ADD CONSTRAINT "plans_history" CHECK (("history" = 'last') = ("history_blocks" IS NOT NULL) AND "history_blocks" > 0 IS NOT FALSE);
ALTER TABLE "plans" ADD CONSTRAINT "plans_max_connections" CHECK ("max_connections" BETWEEN 1 AND 64 IS NOT FALSE);
ALTER TABLE "plans" ADD CONSTRAINT "plans_tracked" CHECK ("tracked" OR "kind" = 'free');
ALTER TABLE "grants" ADD CONSTRAINT "grants_from_block" CHECK ("from_block" >= 0);
ALTER TABLE "grants" ADD CONSTRAINT "grants_max_connections" CHECK ("max_connections" > 0 IS NOT FALSE);
ALTER TABLE "messages" ADD CONSTRAINT "messages_buyer_key_size" CHECK (octet_length("buyer_key") = 32 IS NOT FALSE);
ALTER TABLE "messages" ADD CONSTRAINT "messages_sender" CHECK ("direction" = 'to_buyer' OR "buyer_key" IS NOT NULL);
ALTER TABLE "messages" ADD CONSTRAINT "messages_name" CHECK (char_length("name") BETWEEN 1 AND 64);
ALTER TABLE "messages" ADD CONSTRAINT "messages_body" CHECK (octet_length("body"::text) <= 16384);

-- Numbered as the grant log is: under a lock that is held until commit.
CREATE SEQUENCE "messages_seq" AS bigint OWNED BY "messages"."seq";
CREATE FUNCTION message_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('messages'));
  NEW.seq := nextval('messages_seq');
  RETURN NEW;
END $$;
CREATE TRIGGER messages_number BEFORE INSERT ON "messages"
  FOR EACH ROW EXECUTE FUNCTION message_number();
CREATE FUNCTION tell_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('messages', NEW.seq::text);
  RETURN NULL;
END $$;
CREATE TRIGGER messages_tell AFTER INSERT ON "messages"
  FOR EACH ROW EXECUTE FUNCTION tell_message();
