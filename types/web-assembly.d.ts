// Node has WebAssembly, but only TypeScript's browser library declares it.
declare namespace WebAssembly {
  type ModuleImports = Record<string, unknown>;
  interface Instance {
    readonly exports: Record<string, unknown>;
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  function instantiate(
    bytes: Uint8Array,
    imports?: Record<string, ModuleImports>,
  ): Promise<{ instance: Instance }>;
}
