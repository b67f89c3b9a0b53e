import type { GivenAddresses } from '../controllers/controllers.ts';
import { realDisk } from '../sources/folder/read/disk.ts';
import { thisMachine } from '../sources/kubeapi/machine.ts';
import { makeSource } from '../sources/make-source.ts';
import { type FollowOptions, sourceSettings } from '../sources/source-settings.ts';
import { inputOf } from '../sources/standard-input.ts';
import type { Clock } from '../support/clock.ts';
import { ControlPlane } from './control-plane.ts';
import type { Loaded, WhatToLoad } from './load-once.ts';

/** Objects that are followed until `stop`. */
export interface FollowedObjects extends Pick<Loaded, 'page'> {
  /** Goes up with each change. */
  readonly revision: number;
  readonly problems: Loaded['summary']['problems'];
  stop(): Promise<void>;
}

/**
 * Reads everything and follows it in this thread, for a command that shows changes. `given` are the
 * addresses that a server has given out; `onWarning` takes news for people, each said once.
 */
export async function followObjects(
  wanted: WhatToLoad & { readonly follow: Omit<FollowOptions, 'follow'> },
  clock: Clock,
  onWarning: (message: string) => void,
  given?: GivenAddresses,
): Promise<FollowedObjects> {
  const { manifests, zone, follow } = wanted;
  const plane = new ControlPlane({ zone, manifests, serverAddresses: [], given });
  let revision = 0;
  const source = makeSource(
    sourceSettings(wanted, zone, { ...follow, follow: true }),
    { ...thisMachine, clock, disk: realDisk, input: inputOf(manifests) },
    {
      onChange: (change) => {
        plane.take(change);
        revision++;
      },
      onWarning,
    },
  );
  await source.start();
  return {
    get revision() {
      return revision;
    },
    get problems() {
      return plane.summary(source.report()).problems;
    },
    page: (request) => plane.page(request),
    stop: () => source.stop(),
  };
}
