/** How many bytes of a file a block holds; the last may hold fewer. What Hyperblobs takes by default. */
export const BLOB_BLOCK_BYTES = 64 * 1024;

/** How many bytes of a file a row holds on the way: a whole number of blocks. */
export const FILE_CHUNK_BYTES = 16 * BLOB_BLOCK_BYTES;
