-- CreateEnum
CREATE TYPE "feed_mode" AS ENUM ('open', 'sealed');

-- AlterTable
ALTER TABLE "feeds" ADD COLUMN     "epoch_ms" INTEGER,
ADD COLUMN     "mode" "feed_mode" NOT NULL DEFAULT 'open';

-- CreateTable
CREATE TABLE "feed_seeds" (
    "feed_id" UUID NOT NULL,
    "first" BIGINT NOT NULL,
    "last" BIGINT NOT NULL,
    "box" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "feed_seeds_pkey" PRIMARY KEY ("feed_id","first","last")
);

-- AddForeignKey
ALTER TABLE "feed_seeds" ADD CONSTRAINT "feed_seeds_feed_id_fkey" FOREIGN KEY ("feed_id") REFERENCES "feeds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What belongs together.
ALTER TABLE "feeds" ADD CONSTRAINT "feeds_sealed" CHECK (("mode" = 'sealed') = ("epoch_ms" IS NOT NULL) AND "epoch_ms" BETWEEN 10000 AND 86400000 IS NOT FALSE);
ALTER TABLE "feed_seeds" ADD CONSTRAINT "feed_seeds_range" CHECK (0 <= "first" AND "first" <= "last" AND "last" < 4294967296);

CREATE TRIGGER feed_seeds_tell AFTER INSERT ON "feed_seeds"
  FOR EACH ROW EXECUTE FUNCTION tell('feeds', 'feed_id');
