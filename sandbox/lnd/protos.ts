import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GrpcObject, loadPackageDefinition, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

// ln-service reads with the same options; a server that differs breaks it silently.
const OPTIONS = { defaults: true, enums: String, keepCase: true, longs: String, oneofs: true };
const LND_FILES = ['lightning.proto', 'invoices.proto', 'router.proto', 'verrpc.proto'];

export interface Services {
  lightning: ServiceDefinition;
  invoices: ServiceDefinition;
  router: ServiceDefinition;
  versioner: ServiceDefinition;
  sandbox: ServiceDefinition;
}

/** LND's own service definitions, out of the lightning package, and the sandbox's. */
export function loadServices(): Services {
  const lightning = createRequire(import.meta.url).resolve('lightning/package.json');
  const folder = join(dirname(lightning), 'grpc', 'protos');
  const lnd = loadPackageDefinition(
    loadSync(
      LND_FILES.map((file) => join(folder, file)),
      { ...OPTIONS, includeDirs: [folder] },
    ),
  );
  return {
    lightning: serviceOf(lnd, 'lnrpc', 'Lightning'),
    invoices: serviceOf(lnd, 'invoicesrpc', 'Invoices'),
    router: serviceOf(lnd, 'routerrpc', 'Router'),
    versioner: serviceOf(lnd, 'verrpc', 'Versioner'),
    sandbox: loadSandboxService(),
  };
}

export function loadSandboxService(): ServiceDefinition {
  const file = fileURLToPath(new URL('../sandbox.proto', import.meta.url));
  return serviceOf(loadPackageDefinition(loadSync(file, OPTIONS)), 'sandbox', 'Sandbox');
}

function serviceOf(root: GrpcObject, packageName: string, service: string): ServiceDefinition {
  const found = (root[packageName] as GrpcObject)[service];
  return (found as unknown as { service: ServiceDefinition }).service;
}
