import { SandboxUnavailable } from '../unavailable.ts'
import type { Cgroups } from './cgroup.ts'
import { hierarchiesHere } from './hierarchies.ts'
import { cgroupsV1 } from './v1.ts'
import { cgroupsV2 } from './v2.ts'

export const CGROUPS_FIX =
  'Run Greenroom as root, or give its systemd unit Delegate=yes (from a login: systemd-run --user --pipe -p Delegate=yes $PWD/deploy.sh start); in a container, mount a group that it may write to, as docs/operations.md shows; or set GREENROOM_UNSAFE_TRUSTED_ONLY=true for code you trust'

/** The host's cgroups, whichever version it has; throws a sentence that names what is missing. */
export const openCgroups = async (): Promise<Cgroups> => {
  try {
    const hierarchies = hierarchiesHere()
    const unified = hierarchies.get('unified')
    if (hierarchies.has('memory') || !unified) return await cgroupsV1(hierarchies)
    return await cgroupsV2(unified)
  } catch (error) {
    throw new SandboxUnavailable(
      'cgroups',
      `Limits on memory and processes need cgroups: ${(error as Error).message}.`,
      CGROUPS_FIX,
    )
  }
}
