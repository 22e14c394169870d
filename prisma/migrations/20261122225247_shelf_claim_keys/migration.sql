-- AlterTable
ALTER TABLE "shelf_keys" ADD COLUMN     "is_claim" BOOLEAN NOT NULL DEFAULT false;
