import { useMemo } from 'react';
import { useQuery } from 'urql';

import { ViewerDocument } from './generated/graphql';

/** Actions as the policies name them. */
export type Action = 'alarm:acknowledge' | 'alarm:reset' | 'alarm:shelve' | 'alarm:out-of-service' | 'alarm:comment' | 'explanation:request' | 'explanation:judge' | 'llm:control' | 'register:propose' | 'register:approve' | 'suppression:set' | 'source:control' | 'detector:train' | 'detector:promote' | 'user:manage' | 'audit:read' | 'notification:manage' | 'knowledge:edit' | 'supervision:restart' | 'supervision:pause';

export interface Permission {
  allowed: boolean;
  /** Why not; shown on the disabled button. */
  reason: string | null;
}

interface Listed extends Permission {
  action: string;
}

/** What the server does not list, it does not allow. */
export function permissionOf(permissions: readonly Listed[] | undefined, action: Action): Permission {
  if (!permissions) return { allowed: false, reason: 'Your permissions are not known yet.' };
  const found = permissions.find((p) => p.action === action);
  if (!found) return { allowed: false, reason: 'Your role does not include this.' };
  return { allowed: found.allowed, reason: found.allowed ? null : (found.reason ?? 'Your role does not include this.') };
}

export function usePermission(action: Action): Permission {
  const [{ data }] = useQuery({ query: ViewerDocument });
  const permissions = data?.viewer.permissions;
  return useMemo(() => permissionOf(permissions, action), [permissions, action]);
}
