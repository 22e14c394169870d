-- AlterTable
ALTER TABLE "grant_log" ALTER COLUMN "at" SET DEFAULT clock_timestamp();

-- Settlements that belong to no order are few, and counted whenever somebody looks at the numbers.
CREATE INDEX "payments_unknown" ON "payments" ("settled_at") WHERE "outcome" = 'unknown';
