/** What the methods of each service ask for, as LND 0.21 lists it: all of the permissions that stand ahead of them. */
const METHODS: Record<string, Record<string, string>> = {
  'lnrpc.Lightning': {
    'info:read':
      'DescribeGraph GetChanInfo GetInfo GetNetworkInfo GetNodeInfo GetNodeMetrics GetRecoveryInfo ListPermissions QueryRoutes SubscribeChannelGraph',
    'info:write': 'DebugLevel StopDaemon',
    'info:read offchain:read onchain:read peers:read': 'GetDebugInfo',
    'invoices:read': 'ListInvoices LookupInvoice SubscribeInvoices',
    'invoices:write': 'AddInvoice DeleteCanceledInvoice',
    'offchain:read':
      'ChannelBalance ClosedChannels DecodePayReq ExportAllChannelBackups ExportChannelBackup FeeReport ForwardingHistory ListAliases ListChannels ListPayments LookupHtlcResolution PendingChannels SubscribeChannelBackups SubscribeChannelEvents SubscribeCustomMessages SubscribeOnionMessages VerifyChanBackup',
    'offchain:write':
      'AbandonChannel DeleteAllPayments DeletePayment RestoreChannelBackups SendCustomMessage SendOnionMessage UpdateChannelPolicy',
    'onchain:read': 'EstimateFee GetTransactions ListUnspent SubscribeTransactions WalletBalance',
    'onchain:write': 'SendCoins SendMany',
    'onchain:write offchain:write':
      'BatchOpenChannel ChannelAcceptor CloseChannel FundingStateStep OpenChannel OpenChannelSync',
    'address:write': 'NewAddress',
    'peers:read': 'ListPeers SubscribePeerEvents',
    'peers:write': 'ConnectPeer DisconnectPeer',
    'message:read': 'VerifyMessage',
    'message:write': 'SignMessage',
    'macaroon:generate': 'BakeMacaroon',
    'macaroon:read': 'CheckMacaroonPermissions ListMacaroonIDs',
    'macaroon:write': 'DeleteMacaroonID RegisterRPCMiddleware',
  },
  'invoicesrpc.Invoices': {
    'invoices:read': 'SubscribeSingleInvoice',
    'invoices:write': 'AddHoldInvoice CancelInvoice HtlcModifier LookupInvoiceV2 SettleInvoice',
  },
  'routerrpc.Router': {
    'offchain:read':
      'BuildRoute EstimateRouteFee GetMissionControlConfig QueryMissionControl QueryProbability SubscribeHtlcEvents TrackPaymentV2 TrackPayments',
    'offchain:write':
      'DeleteForwardingHistory HtlcInterceptor ResetMissionControl SendPaymentV2 SendToRouteV2 SetMissionControlConfig UpdateChanStatus XAddLocalChanAliases XDeleteLocalChanAliases XImportMissionControl',
  },
  'verrpc.Versioner': { 'info:read': 'GetVersion' },
  'sandbox.Sandbox': { 'sandbox:write': 'PayOff Mine' },
};

const ENTITIES = [
  ...['onchain', 'offchain', 'address', 'message', 'peers', 'info', 'invoices', 'signer'],
  ...['macaroon', 'uri', 'sandbox'],
];
const ACTIONS = ['read', 'write', 'generate'];
const HELP = `supported actions are [${ACTIONS.join(' ')}], supported entities are [${ENTITIES.join(' ')}]`;

/** What each method asks for, by its URI. */
export const PERMISSIONS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(METHODS).flatMap(([service, groups]) =>
    Object.entries(groups).flatMap(([needed, names]) =>
      names.split(' ').map((name) => [`/${service}/${name}`, needed.split(' ')] as const),
    ),
  ),
);

const ALL = [...new Set([...PERMISSIONS.values()].flat())];

/** The macaroons that LND writes beside its admin one, by the same names. */
export const MACAROONS: Record<string, string[]> = {
  admin: ALL,
  readonly: ALL.filter((permission) => permission.endsWith(':read')),
  invoice: ['invoices:read', 'invoices:write', 'address:read', 'address:write', 'onchain:read'],
};

/** Whether granted permissions open a method: all that it asks for, or its URI. */
export function isPermitted(granted: ReadonlySet<string>, method: string): boolean {
  if (granted.has(`uri:${method}`)) return true;
  return PERMISSIONS.get(method)?.every((needed) => granted.has(needed)) ?? false;
}

/** What LND says of a permission that it bakes into no macaroon; undefined: it does. */
export function faultOf(entity: string, action: string): string | undefined {
  if (!ENTITIES.includes(entity)) return `invalid permission entity. ${HELP}`;
  if (entity !== 'uri') {
    return ACTIONS.includes(action) ? undefined : `invalid permission action. ${HELP}`;
  }
  return PERMISSIONS.has(action)
    ? undefined
    : 'invalid permission action, must be an existing URI in the format /package.Service/MethodName';
}

/** What LND says when nothing is to be permitted. */
export const NOTHING_PERMITTED = `permission list cannot be empty. specify at least one action/entity pair. ${HELP}`;
