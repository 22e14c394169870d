-- CreateIndex
CREATE INDEX "grants_buyer_key_idx" ON "grants"("buyer_key");
