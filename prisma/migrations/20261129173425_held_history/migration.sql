-- AlterTable
ALTER TABLE "invoices" ADD COLUMN     "from_block" BIGINT;
