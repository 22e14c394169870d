-- AlterTable
ALTER TABLE "invoices" ADD COLUMN     "hold_ends_at" TIMESTAMPTZ(3),
ADD COLUMN     "served_at" TIMESTAMPTZ(3),
ADD COLUMN     "served_by" BYTEA;

-- Only what a hold invoice brought can be held, and only a held payment is served before it is taken.
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_held" CHECK (("held_at" IS NULL) = ("hold_ends_at" IS NULL) AND ("hold" OR "held_at" IS NULL) AND ("state" <> 'held' OR "held_at" IS NOT NULL));
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_served" CHECK (("served_at" IS NULL) = ("served_by" IS NULL) AND ("served_at" IS NULL OR "held_at" IS NOT NULL) AND octet_length("served_by") = 32 IS NOT FALSE);

-- Workers watch what is open, seeders serve what is held, and workers end what is served.
CREATE FUNCTION tell_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify(TG_ARGV[0], encode(NEW.payment_hash, 'hex'));
  RETURN NULL;
END $$;
CREATE TRIGGER invoices_tell_hold AFTER UPDATE ON "invoices"
  FOR EACH ROW WHEN (NEW.hold AND OLD.state <> NEW.state) EXECUTE FUNCTION tell_hold('holds');
CREATE TRIGGER invoices_tell_served AFTER UPDATE ON "invoices"
  FOR EACH ROW WHEN (OLD.served_at IS DISTINCT FROM NEW.served_at) EXECUTE FUNCTION tell_hold('served');
