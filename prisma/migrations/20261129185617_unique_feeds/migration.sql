-- AlterEnum
ALTER TYPE "feed_mode" ADD VALUE 'unique';

-- Cores that name each other have the keys that they have. As text: the new value is of no use before this is committed.
ALTER TABLE "feeds" ADD CONSTRAINT "feeds_unique" CHECK ("mode"::text <> 'unique' OR "kind" IN ('hypercore', 'hyperbee'));
