-- An Autobase had whatever cores it named first. Those that belong to it say so themselves: seeders find them again, and ask.
DELETE FROM "feed_cores" c USING "feeds" f WHERE f."id" = c."feed_id" AND f."kind"::text = 'autobase' AND c."proof" IS NULL;

-- What a feed has grown by is the sum of its cores' lengths.
DELETE FROM "feed_growth" g USING "feeds" f WHERE f."id" = g."feed_id" AND f."kind"::text = 'autobase';
INSERT INTO "feed_growth" ("feed_id", "hour", "blocks", "bytes")
SELECT f."id", date_trunc('hour', now(), 'UTC'), sum(c."length"), sum(c."byte_length")
FROM "feeds" f JOIN "feed_cores" c ON c."feed_id" = f."id" WHERE f."kind"::text = 'autobase'
GROUP BY f."id" HAVING sum(c."length") > 0;
