-- AlterTable
ALTER TABLE "feed_cores" ADD COLUMN     "consents" BOOLEAN NOT NULL DEFAULT false;

-- Seeders of the version before record what an Autobase merely names, and again what the last migration has deleted.
CREATE FUNCTION feed_cores_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.proof IS NULL AND NOT NEW.consents
    AND EXISTS (SELECT 1 FROM feeds WHERE id = NEW.feed_id AND kind::text = 'autobase') THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER feed_cores_consent BEFORE INSERT ON "feed_cores" FOR EACH ROW EXECUTE FUNCTION feed_cores_consent();

DELETE FROM "feed_cores" c USING "feeds" f WHERE f."id" = c."feed_id" AND f."kind"::text = 'autobase' AND c."proof" IS NULL;
DELETE FROM "feed_growth" g USING "feeds" f WHERE f."id" = g."feed_id" AND f."kind"::text = 'autobase';
INSERT INTO "feed_growth" ("feed_id", "hour", "blocks", "bytes")
SELECT f."id", date_trunc('hour', now(), 'UTC'), sum(c."length"), sum(c."byte_length")
FROM "feeds" f JOIN "feed_cores" c ON c."feed_id" = f."id" WHERE f."kind"::text = 'autobase'
GROUP BY f."id" HAVING sum(c."length") > 0;
