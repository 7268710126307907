import type { User } from '@jupyterlab/services';

/** Whether a run's `requested_by` is who looks at this page: a name of a provider that knows its users, else the made-up one
 * of this browser, by which the server records what it submits (server/identity.py). */
export function isOwn(user: User.IManager, requestedBy: string): boolean {
  const identity = user.identity;
  return (
    identity !== null &&
    [identity.username, identity.display_name || identity.name].includes(requestedBy) &&
    requestedBy !== ''
  );
}
