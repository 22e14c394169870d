-- AlterTable
ALTER TABLE "orders" ADD COLUMN     "trace_parent" VARCHAR(55);

-- AlterTable
ALTER TABLE "seeders" ADD COLUMN     "clock_skew_ms" INTEGER,
ADD COLUMN     "grants_read_at" TIMESTAMPTZ(3),
ADD COLUMN     "grants_read_to" BIGINT;
