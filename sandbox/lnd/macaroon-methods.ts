import { hexOf } from '../bytes.ts';
import { CODE, Refusal } from '../wallet/refusal.ts';
import type { Macaroons } from './macaroons.ts';
import { faultOf, NOTHING_PERMITTED, PERMISSIONS } from './permissions.ts';

interface BakeMacaroonRequest {
  permissions: { entity: string; action: string }[];
  root_key_id: string;
}

/** lnrpc.Lightning's methods on macaroons. */
export function macaroonMethods(macaroons: Macaroons) {
  return {
    BakeMacaroon({ permissions, root_key_id }: BakeMacaroonRequest) {
      const faults = permissions.map(({ entity, action }) => faultOf(entity, action));
      const fault = permissions.length === 0 ? NOTHING_PERMITTED : faults.find(Boolean);
      if (fault) throw new Refusal(CODE.unknown, fault);
      const asked = permissions.map(({ entity, action }) => `${entity}:${action}`);
      return { macaroon: hexOf(macaroons.bake(asked, root_key_id)) };
    },

    ListMacaroonIDs: () => ({ root_key_ids: macaroons.rootKeyIds() }),

    DeleteMacaroonID: ({ root_key_id }: { root_key_id: string }) => ({
      deleted: macaroons.revoke(root_key_id),
    }),

    ListPermissions: () => ({
      method_permissions: Object.fromEntries(
        [...PERMISSIONS].map(([method, needed]) => [
          method,
          { permissions: needed.map(presentPermission) },
        ]),
      ),
    }),
  };
}

function presentPermission(permission: string): { entity: string; action: string } {
  const [entity = '', action = ''] = permission.split(':');
  return { entity, action };
}
