-- AlterEnum
ALTER TYPE "feed_kind" ADD VALUE 'autobase';

-- AlterEnum
ALTER TYPE "source_fault" ADD VALUE 'unreadable';

-- Several machines of the seller write it: the market has no writer of its own there.
ALTER TABLE "feeds" ADD CONSTRAINT "feeds_autobase_mirrored" CHECK ("kind"::text <> 'autobase' OR "origin" = 'mirrored');
