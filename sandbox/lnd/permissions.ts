/** What each method asks for, after LND's rpcserver.go, invoices_server.go, router_server.go. */
export const PERMISSIONS: Record<string, string> = {
  '/lnrpc.Lightning/GetInfo': 'info:read',
  '/lnrpc.Lightning/AddInvoice': 'invoices:write',
  '/lnrpc.Lightning/LookupInvoice': 'invoices:read',
  '/lnrpc.Lightning/ListInvoices': 'invoices:read',
  '/lnrpc.Lightning/SubscribeInvoices': 'invoices:read',
  '/lnrpc.Lightning/DecodePayReq': 'offchain:read',
  '/lnrpc.Lightning/ListPayments': 'offchain:read',
  '/lnrpc.Lightning/ListChannels': 'offchain:read',
  '/lnrpc.Lightning/ChannelBalance': 'offchain:read',
  '/lnrpc.Lightning/BakeMacaroon': 'macaroon:generate',
  '/invoicesrpc.Invoices/AddHoldInvoice': 'invoices:write',
  '/invoicesrpc.Invoices/SettleInvoice': 'invoices:write',
  '/invoicesrpc.Invoices/CancelInvoice': 'invoices:write',
  '/invoicesrpc.Invoices/SubscribeSingleInvoice': 'invoices:read',
  '/routerrpc.Router/SendPaymentV2': 'offchain:write',
  '/routerrpc.Router/TrackPaymentV2': 'offchain:read',
  '/verrpc.Versioner/GetVersion': 'info:read',
  '/sandbox.Sandbox/PayOff': 'sandbox:write',
  '/sandbox.Sandbox/Mine': 'sandbox:write',
};

const READ = ['info:read', 'invoices:read', 'offchain:read'];

/** The macaroons that LND writes beside its admin one, by the same names. */
export const MACAROONS: Record<string, string[]> = {
  admin: [...READ, 'invoices:write', 'offchain:write', 'macaroon:generate', 'sandbox:write'],
  readonly: READ,
  invoice: ['invoices:read', 'invoices:write'],
};

/** Whether granted permissions open a method, by its entity and action or by its URI. */
export function isPermitted(granted: ReadonlySet<string>, method: string): boolean {
  const needed = PERMISSIONS[method];
  return granted.has(`uri:${method}`) || (needed !== undefined && granted.has(needed));
}

export function isPermission(permission: string): boolean {
  if (permission.startsWith('uri:')) return permission.slice(4) in PERMISSIONS;
  return Object.values(PERMISSIONS).includes(permission);
}
