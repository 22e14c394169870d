/**
 * Our declarations for the Holepunch modules that ship none: only what we use, as of the pinned versions.
 * `b4a` and `compact-encoding` bring their own.
 */

declare module 'hypercore-crypto' {
  export interface KeyPair {
    publicKey: Buffer;
    secretKey: Buffer;
  }

  interface HypercoreCrypto {
    keyPair(seed?: Uint8Array): KeyPair;
    sign(message: Uint8Array, secretKey: Uint8Array): Buffer;
    verify(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean;
    hash(data: Uint8Array | Uint8Array[]): Buffer;
    /** The hash of a leaf of Hypercore's tree. */
    data(block: Uint8Array): Buffer;
    /** The hash of an inner node of Hypercore's tree, from its children. */
    parent(
      a: { index: number; size: number; hash: Uint8Array },
      b: { index: number; size: number; hash: Uint8Array },
    ): Buffer;
    randomBytes(byteLength: number): Buffer;
    discoveryKey(key: Uint8Array): Buffer;
    namespace(name: string, count: number): Buffer[];
  }

  const crypto: HypercoreCrypto;
  export default crypto;
}

declare module 'hyperdht' {
  import type { KeyPair } from 'hypercore-crypto';

  export type { KeyPair };

  export interface NodeAddress {
    host: string;
    port: number;
  }

  /** A Noise-encrypted stream between two key pairs; `opened` resolves to false when it never came up. */
  export interface Connection {
    readonly publicKey: Buffer;
    readonly remotePublicKey: Buffer;
    readonly handshakeHash: Buffer;
    readonly isInitiator: boolean;
    readonly opened: Promise<boolean>;
    readonly destroyed: boolean;
    readonly keepAlive: number;
    readonly rawBytesRead: number;
    readonly rawBytesWritten: number;
    readonly rawStream: {
      readonly remoteHost: string;
      readonly remotePort: number;
      pause(): void;
      resume(): void;
    };
    userData: unknown;
    setKeepAlive(ms: number): void;
    /** Destroys the stream with ETIMEDOUT after so long without a frame; keepalives count. */
    setTimeout(ms: number): void;
    setMaxListeners(count: number): void;
    write(data: Uint8Array): boolean;
    pause(): void;
    end(): void;
    destroy(error?: Error | null): void;
    on(event: 'error', listener: (error: Error) => void): this;
    on(event: 'open' | 'close' | 'end' | 'drain', listener: () => void): this;
    on(event: 'data', listener: (data: Buffer) => void): this;
    once(event: 'error', listener: (error: Error) => void): this;
    once(event: 'open' | 'close' | 'end' | 'drain', listener: () => void): this;
    off(event: 'error', listener: (error: Error) => void): this;
    off(event: 'open' | 'close' | 'end' | 'drain', listener: () => void): this;
  }

  /** Truthy refuses the handshake; may be asynchronous when it is the server's own. */
  export type Firewall = (
    remotePublicKey: Buffer,
    payload: unknown,
    address?: NodeAddress,
  ) => boolean | Promise<boolean>;

  export interface Server {
    readonly publicKey: Buffer | null;
    readonly listening: boolean;
    firewall: Firewall;
    listen(keyPair?: KeyPair): Promise<void>;
    close(): Promise<void>;
    on(event: 'connection', listener: (connection: Connection) => void): this;
  }

  export interface DHTOptions {
    bootstrap?: NodeAddress[];
    keyPair?: KeyPair;
    host?: string;
    port?: number;
    ephemeral?: boolean;
    firewalled?: boolean;
    connectionKeepAlive?: number | false;
  }

  export default class DHT {
    constructor(options?: DHTOptions);
    static keyPair(seed?: Uint8Array): KeyPair;
    readonly defaultKeyPair: KeyPair;
    readonly host: string | null;
    readonly port: number;
    readonly destroyed: boolean;
    readonly online: boolean;
    connect(
      remotePublicKey: Uint8Array,
      options?: { keyPair?: KeyPair; relayAddresses?: NodeAddress[] },
    ): Connection;
    createServer(
      options?: { firewall?: Firewall },
      onconnection?: (connection: Connection) => void,
    ): Server;
    address(): NodeAddress;
    ready(): Promise<void>;
    fullyBootstrapped(): Promise<void>;
    destroy(options?: { force?: boolean }): Promise<void>;
  }
}

declare module 'hyperdht/testnet.js' {
  import type DHT from 'hyperdht';
  import type { DHTOptions, NodeAddress } from 'hyperdht';

  export interface Testnet {
    readonly nodes: DHT[];
    readonly bootstrap: NodeAddress[];
    createNode(options?: DHTOptions): DHT;
    destroy(): Promise<void>;
  }

  export default function createTestnet(
    size?: number,
    options?: { host?: string; port?: number; bootstrap?: NodeAddress[] },
  ): Promise<Testnet>;
}

declare module 'hyperswarm' {
  import type DHT from 'hyperdht';
  import type { Connection, KeyPair, Server } from 'hyperdht';

  export type { Connection, KeyPair };

  export interface PeerInfo {
    readonly publicKey: Buffer;
    readonly topics: Buffer[];
    readonly banned: boolean;
    readonly client: boolean;
    ban(banned: boolean): void;
    reconnect(reconnect: boolean): void;
  }

  /** One interest in a topic: announcing (server), looking up (client) or both. */
  export interface Discovery {
    readonly topic: Buffer;
    flushed(): Promise<boolean>;
    refresh(options?: { server?: boolean; client?: boolean }): Promise<void>;
    destroy(): Promise<void>;
  }

  export interface HyperswarmOptions {
    dht?: DHT;
    keyPair?: KeyPair;
    seed?: Uint8Array;
    maxPeers?: number;
    maxParallel?: number;
    maxClientConnections?: number;
    backoffs?: number[];
    jitter?: number;
    /** Synchronous, and bans for good whom it refuses: never for somebody who has not paid yet. */
    firewall?: (remotePublicKey: Buffer, payload: unknown) => boolean;
  }

  export default class Hyperswarm {
    constructor(options?: HyperswarmOptions);
    readonly keyPair: KeyPair;
    readonly dht: DHT;
    readonly server: Server;
    readonly destroyed: boolean;
    readonly connecting: number;
    readonly connections: Set<Connection>;
    readonly peers: Map<string, PeerInfo>;
    join(
      topic: Uint8Array,
      options?: { server?: boolean; client?: boolean; limit?: number },
    ): Discovery;
    leave(topic: Uint8Array): Promise<void>;
    joinPeer(publicKey: Uint8Array): void;
    leavePeer(publicKey: Uint8Array): void;
    listen(): Promise<void>;
    flush(): Promise<boolean>;
    destroy(options?: { force?: boolean }): Promise<void>;
    on(event: 'connection', listener: (connection: Connection, peer: PeerInfo) => void): this;
    on(event: 'update', listener: () => void): this;
    once(event: 'connection', listener: (connection: Connection, peer: PeerInfo) => void): this;
    off(event: 'connection', listener: (connection: Connection, peer: PeerInfo) => void): this;
  }
}

declare module 'protomux' {
  import type { Connection } from 'hyperdht';

  /** How a value stands on the wire: compact-encoding's shape. */
  export interface Encoding<T> {
    preencode(state: EncodingState, value: T): void;
    encode(state: EncodingState, value: T): void;
    decode(state: EncodingState): T;
  }

  export interface EncodingState {
    start: number;
    end: number;
    buffer: Uint8Array | null;
  }

  export interface MessageOptions<T> {
    encoding: Encoding<T>;
    onmessage?: (message: T, channel: Channel) => void | Promise<void>;
    autoBatch?: boolean;
  }

  /** `send` is false when the channel is closed or its stream is not drained. */
  export interface Message<T> {
    send(message: T): boolean;
  }

  export interface Channel {
    readonly protocol: string;
    readonly id: Buffer | null;
    readonly userData: unknown;
    readonly opened: boolean;
    readonly closed: boolean;
    readonly drained: boolean;
    addMessage<T>(options: MessageOptions<T>): Message<T>;
    open(handshake?: unknown): void;
    close(): void;
    fullyOpened(): Promise<boolean>;
    fullyClosed(): Promise<void>;
  }

  export interface ChannelOptions {
    protocol: string;
    id?: Uint8Array | null;
    unique?: boolean;
    handshake?: Encoding<unknown> | null;
    messages?: MessageOptions<never>[];
    onopen?: (handshake: unknown, channel: Channel) => void;
    onclose?: (isRemote: boolean, channel: Channel) => void;
    ondestroy?: (channel: Channel) => void;
    ondrain?: (channel: Channel) => void;
  }

  export default class Protomux implements Iterable<Channel> {
    static from(stream: Connection | Protomux): Protomux;
    readonly isProtomux: true;
    readonly stream: Connection;
    readonly drained: boolean;
    cork(): void;
    uncork(): void;
    pair(
      protocol: { protocol: string; id?: Uint8Array | null },
      notify: (id: Buffer | null) => void | Promise<void>,
    ): void;
    unpair(protocol: { protocol: string; id?: Uint8Array | null }): void;
    opened(protocol: { protocol: string; id?: Uint8Array | null }): boolean;
    /** The channel of that name that was opened last and is not closed. */
    getLastChannel(protocol: { protocol: string; id?: Uint8Array | null }): Channel | null;
    /** Null when the stream is gone or a unique channel of that name is open. */
    createChannel(options: ChannelOptions): Channel | null;
    destroy(error?: Error): void;
    /** The channels opened from this side, half-open ones too. */
    [Symbol.iterator](): Iterator<Channel>;
  }
}

declare module 'hypercore' {
  import type { Duplex } from 'node:stream';
  import type { Connection, KeyPair } from 'hyperdht';
  import type Protomux from 'protomux';
  import type { Channel } from 'protomux';

  /** A peer whose channel for one core is open on both sides. */
  export interface ReplicatorPeer {
    readonly protomux: Protomux;
    readonly channel: Channel;
    /** How many requests it has not answered yet. */
    readonly inflight: number;
    readonly remotePublicKey: Buffer;
    /** Whether it has said how long its copy is, and of which fork. */
    readonly remoteSynced: boolean;
    readonly remoteLength: number;
    readonly remoteFork: number;
    /** Whether it may be asked for blocks, as it said itself. */
    readonly remoteUploading: boolean;
  }

  /** Private to Hypercore; the gate needs it to take one core off one stream. */
  export interface Replicator {
    readonly peers: ReplicatorPeer[];
    attached(mux: Protomux): boolean;
    attachTo(mux: Protomux): void;
    detachFrom(mux: Protomux): void;
  }

  export interface DownloadRange {
    start?: number;
    end?: number;
    blocks?: number[];
    linear?: boolean;
  }

  export interface Download {
    done(): Promise<boolean>;
    destroy(): void;
  }

  /** A node of the Merkle tree, by flat-tree index. */
  export interface TreeNode {
    index: number;
    size: number;
    hash: Buffer;
  }

  /** What a directory is opened as, opaque but to Hypercore. */
  export type CoreStorage = object;

  /** What the core's writers sign as, of which the rest is opaque but to Hypercore. */
  export interface Manifest {
    readonly signers: readonly { readonly publicKey: Buffer }[];
  }

  export interface HypercoreInfo {
    readonly length: number;
    readonly byteLength: number;
    readonly contiguousLength: number;
  }

  export interface Appended {
    length: number;
    byteLength: number;
  }

  export interface GetOptions {
    wait?: boolean;
    timeout?: number;
    /** The block as it is stored and replicated, not decrypted. */
    raw?: boolean;
  }

  /** What Hypercore hands to its encryption: the core behind all sessions. */
  export interface SealedCore {
    readonly key: Buffer;
    /** Of what is appended, without what is being appended. */
    readonly state: { readonly length: number };
  }

  /** How Hypercore encrypts and decrypts, each in place; blocks come with `padding` bytes of room ahead. */
  export interface BlockEncryption {
    padding(core: SealedCore, index: number): number;
    encrypt(index: number, block: Uint8Array, fork: number, core: SealedCore): Promise<unknown>;
    decrypt(index: number, block: Uint8Array, core: SealedCore): Promise<unknown>;
  }

  export default class Hypercore {
    /** On a directory of its own; `compat` makes a core as Hypercore 10 did, whose key is its signer's. */
    constructor(storageDir: string, options?: { compat?: boolean });
    static readonly MAX_SUGGESTED_BLOCK_SIZE: number;
    static key(manifest: Uint8Array | object, options?: { compat?: boolean }): Buffer;
    static discoveryKey(key: Uint8Array): Buffer;
    /** An encrypted stream to put on any other, such as a TCP socket's; `noiseStream` is the plain side of it. */
    static createProtocolStream(
      isInitiator: boolean,
      options?: { keyPair?: KeyPair },
    ): Duplex & { noiseStream: Connection };
    static defaultStorage(storageDir: string, options: { writeBufferSize: number }): CoreStorage;
    readonly core: { readonly replicator: Replicator };
    readonly key: Buffer;
    readonly discoveryKey: Buffer;
    readonly keyPair: KeyPair | null;
    readonly id: string;
    readonly length: number;
    readonly byteLength: number;
    readonly contiguousLength: number;
    readonly fork: number;
    /** As it stands on the wire; null until it is known. */
    getManifest(options: { raw: true }): Buffer | null;
    readonly writable: boolean;
    readonly opened: boolean;
    readonly closed: boolean;
    readonly closing: Promise<void> | null;
    readonly peers: ReplicatorPeer[];
    ready(): Promise<void>;
    close(): Promise<void>;
    session(options?: { snapshot?: boolean; writable?: boolean; wait?: boolean }): Hypercore;
    snapshot(): Hypercore;
    append(blocks: Uint8Array | Uint8Array[]): Promise<Appended>;
    get(index: number, options?: GetOptions): Promise<Buffer | null>;
    has(start: number, end?: number): Promise<boolean>;
    update(options?: { wait?: boolean }): Promise<boolean>;
    truncate(length: number): Promise<void>;
    clear(start: number, end?: number): Promise<unknown>;
    /** What is kept in the store with the core, and never replicated. */
    getUserData(key: string): Promise<Buffer | null>;
    setUserData(key: string, value: Uint8Array): Promise<void>;
    info(): Promise<HypercoreInfo>;
    /** Null for a core from before there were manifests. */
    readonly manifest: Manifest | null;
    /** Tree nodes and, of an upgrade, what is signed, as Hypercore replicates them. */
    proof(request: {
      hash?: { index: number; nodes: number };
      upgrade?: { start: number; length: number };
    }): Promise<{
      fork: number;
      hash: { nodes: TreeNode[] } | null;
      upgrade: { length: number; nodes: TreeNode[]; signature: Buffer | null } | null;
    }>;
    treeHash(length?: number): Promise<Buffer>;
    findingPeers(): () => void;
    download(range?: DownloadRange): Download;
    createReadStream(options?: {
      start?: number;
      end?: number;
      live?: boolean;
      snapshot?: boolean;
    }): AsyncIterable<Buffer> & { destroy(error?: Error): void };
    /** Given a muxer, it attaches this core to it and nothing else. */
    replicate(mux: Protomux): Protomux;
    replicate(stream: Connection): Connection;
    on(event: 'append' | 'ready' | 'close', listener: () => void): this;
    on(event: 'truncate', listener: (ancestors: number, fork: number) => void): this;
    on(
      event: 'download' | 'upload',
      listener: (index: number, byteLength: number, from: ReplicatorPeer) => void,
    ): this;
    on(event: 'peer-add' | 'peer-remove', listener: (peer: ReplicatorPeer) => void): this;
    /** Two signatures for one length; the core closes. */
    on(event: 'conflict', listener: (length: number, fork: number) => void): this;
    on(event: 'verification-error', listener: (error: Error) => void): this;
    once(event: 'append' | 'ready' | 'close', listener: () => void): this;
    once(event: 'peer-add' | 'peer-remove', listener: (peer: ReplicatorPeer) => void): this;
    off(event: 'append' | 'ready' | 'close', listener: () => void): this;
    off(
      event: 'download' | 'upload',
      listener: (index: number, byteLength: number, from: ReplicatorPeer) => void,
    ): this;
    off(event: 'peer-add' | 'peer-remove', listener: (peer: ReplicatorPeer) => void): this;
  }
}

declare module 'sodium-universal' {
  interface Sodium {
    readonly crypto_stream_NONCEBYTES: 24;
    readonly crypto_onetimeauth_KEYBYTES: 32;
    /** XSalsa20's key stream. */
    crypto_stream(out: Uint8Array, nonce: Uint8Array, key: Uint8Array): void;
    /** Poly1305. */
    crypto_onetimeauth(tag: Uint8Array, message: Uint8Array, key: Uint8Array): void;
    crypto_onetimeauth_verify(tag: Uint8Array, message: Uint8Array, key: Uint8Array): boolean;
  }

  const sodium: Sodium;
  export default sodium;
}

declare module 'hypercore-encryption' {
  import type { BlockEncryption, SealedCore } from 'hypercore';

  export default class HypercoreEncryption {
    static readonly PADDING: number;
    /** @param getKey is asked for the key with an id, or with -1 for the one to encrypt with. */
    constructor(getKey: (id: number) => Promise<{ id: number; encryptionKey: Uint8Array }>);
    createEncryptionProvider(options: {
      transform: (core: SealedCore, key: Uint8Array) => { block: Uint8Array; hash: Uint8Array };
    }): BlockEncryption;
  }
}

declare module 'corestore' {
  import type { Duplex } from 'node:stream';
  import type Hypercore from 'hypercore';
  import type { BlockEncryption, CoreStorage } from 'hypercore';
  import type { Connection, KeyPair } from 'hyperdht';

  export interface GetOptions {
    name?: string;
    key?: Uint8Array | string;
    discoveryKey?: Uint8Array;
    keyPair?: KeyPair;
    /** Who signs, as an object; a core's key is the hash of it. */
    manifest?: object;
    /** Whether a rewritten history of a peer's, signed by the writer, replaces ours; true unless said. */
    allowFork?: boolean;
    active?: boolean;
    writable?: boolean;
    exclusive?: boolean;
    encryption?: BlockEncryption;
  }

  export default class Corestore {
    /** Holds an exclusive file lock on the directory; opening rejects while another process has it. */
    constructor(
      storage: string | CoreStorage,
      options?: { primaryKey?: Uint8Array; unsafe?: boolean; wait?: boolean },
    );
    readonly primaryKey: Buffer;
    ready(): Promise<void>;
    get(options: GetOptions): Hypercore;
    /** The same cores; closing it closes those that were opened by it alone. */
    session(): Corestore;
    namespace(name: string): Corestore;
    session(): Corestore;
    createKeyPair(name: string): Promise<KeyPair>;
    /** Serves every core to whoever knows its key: for buyers' own stores, never on a buyer's stream. */
    replicate(connection: Connection): Connection;
    /** One end of a stream to another store, to be piped into the other end. */
    replicate(isInitiator: boolean): Duplex;
    close(): Promise<void>;
  }
}

/** Private to Hyperbee: how a node of its tree is written. */
declare module 'hyperbee/lib/messages.js' {
  interface Message<T> {
    encode(message: T): Buffer;
  }
  export const YoloIndex: Message<{ levels: { keys: number[]; children: number[] }[] }>;
  export const Node: Message<{ key: Uint8Array; value: Uint8Array | null; index: Uint8Array }>;
}

declare module 'hyperbee' {
  import type Hypercore from 'hypercore';

  export interface Entry<V> {
    seq: number;
    key: string;
    value: V;
  }

  export interface Range {
    gt?: string;
    gte?: string;
    lt?: string;
    lte?: string;
    reverse?: boolean;
    /** -1 for all. */
    limit?: number;
  }

  export interface GetOptions {
    wait?: boolean;
    timeout?: number;
  }

  /** A block of a tree: what was put, or deleted. */
  export interface Change<V> {
    type: 'put' | 'del';
    seq: number;
    key: string;
    value: V | null;
  }

  /** Changes that are appended in one piece; it holds the tree's lock until flushed or closed. */
  export interface Batch<V> {
    /** How many blocks it has come to. */
    readonly length: number;
    put(key: string, value: V): Promise<void>;
    del(key: string): Promise<void>;
    get(key: string): Promise<Entry<V> | null>;
    flush(): Promise<void>;
    close(): Promise<void>;
  }

  export default class Hyperbee<V = unknown> {
    constructor(
      core: Hypercore,
      options: {
        keyEncoding: 'utf-8';
        valueEncoding: 'json' | 'utf-8' | 'binary';
        extension?: boolean;
      },
    );
    /** Whether the core is a Hyperbee's, by its first block. */
    static isHyperbee(core: Hypercore, options?: GetOptions): Promise<boolean>;
    readonly core: Hypercore;
    /** The core's length, at least 1. */
    readonly version: number;
    ready(): Promise<void>;
    close(): Promise<void>;
    get(key: string, options?: GetOptions): Promise<Entry<V> | null>;
    put(key: string, value: V): Promise<void>;
    del(key: string): Promise<void>;
    batch(): Batch<V>;
    /** As it was at a version. */
    checkout(version: number, options?: { valueEncoding?: 'json' }): Hyperbee<V>;
    snapshot(): Hyperbee<V>;
    /** Yields the tree and what it was, whenever something in the range has changed. */
    watch(range?: Range): AsyncIterable<[Hyperbee<V>, Hyperbee<V>]> & { close(): Promise<void> };
    /** By sequence numbers, which are those of blocks: `gte` at least 1. */
    createHistoryStream(range: { gte: number; lt: number }): AsyncIterable<Change<V>>;
    createReadStream(
      range?: Range,
      options?: GetOptions & { limit?: number; reverse?: boolean },
    ): AsyncIterable<Entry<V>> & { destroy(error?: Error): void };
  }
}

declare module 'hyperdrive' {
  import type Corestore from 'corestore';
  import type Hyperbee from 'hyperbee';
  import type { GetOptions, Range } from 'hyperbee';
  import type Hypercore from 'hypercore';

  /** Where a file's bytes stand in the blobs core. */
  export interface BlobId {
    blockOffset: number;
    blockLength: number;
    byteOffset: number;
    byteLength: number;
  }

  export interface FileValue {
    executable: boolean;
    linkname: string | null;
    blob: BlobId | null;
    metadata: unknown;
  }

  export interface FileEntry {
    seq: number;
    key: string;
    value: FileValue;
  }

  export interface Blobs {
    readonly core: Hypercore;
    readonly blockSize: number;
    createReadStream(
      blob: BlobId,
      options?: GetOptions & { start?: number; length?: number },
    ): AsyncIterable<Buffer> & { destroy(error?: Error): void };
  }

  export default class Hyperdrive {
    /** Takes the store over: give it a session or namespace of its own. */
    constructor(store: Corestore, key?: Uint8Array | null);
    readonly key: Buffer;
    readonly discoveryKey: Buffer;
    readonly version: number;
    readonly db: Hyperbee<FileValue>;
    /** The core of the files' names, sizes and places. */
    readonly core: Hypercore;
    readonly blobs: Blobs | null;
    ready(): Promise<void>;
    close(): Promise<void>;
    getBlobs(): Promise<Blobs>;
    entry(path: string, options?: GetOptions): Promise<FileEntry | null>;
    get(path: string, options?: GetOptions): Promise<Buffer | null>;
    put(path: string, file: Uint8Array): Promise<void>;
    /** As it was at a version. */
    checkout(version: number): Hyperdrive;
    putEntry(path: string, value: Partial<FileValue>): Promise<void>;
    del(path: string): Promise<void>;
    entries(
      range?: Range,
      options?: GetOptions,
    ): AsyncIterable<FileEntry> & { destroy(error?: Error): void };
    /** Files by a range of paths, in their order. */
    entries(range?: Range): AsyncIterable<FileEntry> & { destroy(error?: Error): void };
    list(
      folder?: string,
      options?: { recursive?: boolean },
    ): AsyncIterable<FileEntry> & { destroy(error?: Error): void };
    createReadStream(
      path: string,
      options?: {
        start?: number;
        /** The last byte, included. */
        end?: number;
        length?: number;
        wait?: boolean;
        timeout?: number;
      },
    ): AsyncIterable<Buffer> & { destroy(error?: Error): void };
  }
}

declare module 'autobase' {
  import type Corestore from 'corestore';
  import type Hypercore from 'hypercore';

  /** What `open` makes views with. */
  export interface ViewStore {
    get(options: string | { name: string; valueEncoding?: 'json' | 'utf-8' | 'binary' }): Hypercore;
  }

  /** What `apply` may do besides changing the view. */
  export interface Host {
    addWriter(key: Uint8Array, options?: { indexer?: boolean }): Promise<void>;
    removeWriter(key: Uint8Array): Promise<void>;
  }

  export interface Node<T> {
    readonly value: T;
    readonly from: Hypercore;
  }

  export interface Handlers<T, View> {
    open(store: ViewStore): View;
    apply(nodes: Node<T>[], view: View, host: Host): Promise<void>;
    valueEncoding?: 'json' | 'utf-8' | 'binary';
    /** How often indexers acknowledge what others wrote, in ms. */
    ackInterval?: number;
    encryptionKey?: Uint8Array;
  }

  export default class Autobase<T = unknown, View = unknown> {
    constructor(store: Corestore, bootstrap: Uint8Array | null, handlers: Handlers<T, View>);
    readonly key: Buffer;
    /** What this machine writes. */
    readonly local: Hypercore;
    readonly view: View;
    readonly writable: boolean;
    ready(): Promise<void>;
    append(value: T): Promise<void>;
    update(): Promise<void>;
    /** Says that these writers have something new; a length of -1 when it is not known how much. */
    hintWakeup(hints: { key: Uint8Array; length: number }[]): void;
    close(): Promise<void>;
  }
}

/** Private to Autobase: what its writers' blocks hold. */
declare module 'autobase/lib/messages.js' {
  interface OplogMessage {
    node: { heads: { key: Buffer; length: number }[] };
    /** Of indexers: the system core, or how many blocks ago it was named. */
    digest: { pointer: number; key: Buffer | null } | null;
  }
  const messages: {
    OplogMessage: {
      decode(state: { start: number; end: number; buffer: Uint8Array }): OplogMessage;
    };
  };
  export default messages;
}

/** Private to Autobase: its members and views, in a Hyperbee. */
declare module 'autobase/lib/system.js' {
  import type Hypercore from 'hypercore';

  export default class SystemView {
    constructor(core: Hypercore, options: { checkout: number });
    readonly views: { key: Buffer; length: number }[];
    ready(): Promise<void>;
    close(): Promise<void>;
    list(): AsyncIterable<{ key: Buffer }>;
  }
}
