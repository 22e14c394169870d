-- AlterEnum
ALTER TYPE "source_fault" ADD VALUE 'wrong_seeds';

-- CreateTable
CREATE TABLE "sealed_samples" (
    "feed_id" UUID NOT NULL,
    "place" TEXT NOT NULL,
    "core_key" BYTEA NOT NULL,
    "index" BIGINT NOT NULL,
    "raw" BYTEA NOT NULL,

    CONSTRAINT "sealed_samples_pkey" PRIMARY KEY ("feed_id","place")
);

-- AddForeignKey
ALTER TABLE "sealed_samples" ADD CONSTRAINT "sealed_samples_feed_id_fkey" FOREIGN KEY ("feed_id") REFERENCES "feeds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
