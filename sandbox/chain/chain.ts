import { bytesOf, hexOf, sha256 } from '../bytes.ts';
import type { Database } from '../store/database.ts';
import { blockHash, makeHeader } from './header.ts';

export interface Block {
  height: number;
  header: Uint8Array;
  hash: Uint8Array;
  txs: Uint8Array[];
}

/** A private chain: blocks and unconfirmed transactions, both in the database. */
export class Chain {
  readonly #db: Database;
  readonly #genesisHash: Uint8Array;
  readonly #blocks: Block[];
  readonly #statements;
  readonly #listeners: ((block: Block) => void)[] = [];

  constructor(db: Database, genesisHash: Uint8Array) {
    this.#db = db;
    this.#genesisHash = genesisHash;
    this.#statements = {
      addBlock: db.prepare('insert into blocks values (?, ?, ?)'),
      addTx: db.prepare('insert or ignore into mempool values (?, ?)'),
      mempool: db.prepare('select tx from mempool'),
      clear: db.prepare('delete from mempool'),
    };
    this.#blocks = db.prepare('select * from blocks order by height').all().map(blockFrom);
  }

  get height(): number {
    return this.#blocks.length;
  }

  get tip(): Block | undefined {
    return this.#blocks.at(-1);
  }

  get tipHash(): Uint8Array {
    return this.tip?.hash ?? this.#genesisHash;
  }

  get hasMempool(): boolean {
    return this.#statements.mempool.get() !== undefined;
  }

  blocksAfter(height: number): Block[] {
    return this.#blocks.slice(height);
  }

  submit(tx: Uint8Array): void {
    this.#db.run(this.#statements.addTx, hexOf(sha256(sha256(tx))), tx);
  }

  onBlock(listener: (block: Block) => void): void {
    this.#listeners.push(listener);
  }

  /** Mines one block out of the whole mempool and tells every node. */
  mine(): void {
    const txs = this.#statements.mempool.all().map((row) => new Uint8Array(row.tx as Uint8Array));
    this.#db.run(this.#statements.clear);
    const merkleRoot = sha256(Buffer.concat([...txs, Buffer.alloc(1)]));
    const header = makeHeader(this.tipHash, merkleRoot);
    const block = { height: this.height + 1, header, hash: blockHash(header), txs };
    this.#db.run(this.#statements.addBlock, block.height, header, JSON.stringify(txs.map(hexOf)));
    this.#blocks.push(block);
    for (const listener of this.#listeners) listener(block);
  }

  /** A header beside the tip with the current time: moves LDK's clock, adds no block. */
  clockHeader(): Uint8Array {
    const parent = this.#blocks.at(-2)?.hash ?? this.#genesisHash;
    return makeHeader(parent, new Uint8Array(32));
  }
}

function blockFrom(row: Record<string, unknown>): Block {
  const header = new Uint8Array(row.header as Uint8Array);
  const txs = (JSON.parse(row.txs as string) as string[]).map(bytesOf);
  return { height: row.height as number, header, hash: blockHash(header), txs };
}
