import { stat, statfs } from 'node:fs/promises'
import { roomHint } from '../../protocol/disk-room.ts'
import { AppError } from '../../protocol/errors.ts'

/** Bytes that a restore writes, by directory. */
export interface Needs {
  readonly state: number
  readonly fleet: number
}

/** Throws RESTORE_REFUSED when the file systems of these directories have too little free space. */
export async function refuseNoRoom(
  directories: { readonly [root in keyof Needs]: string },
  needs: Needs,
): Promise<void> {
  const devices = new Map<number, { readonly directory: string; bytes: number }>()
  for (const root of ['state', 'fleet'] as const) {
    const directory = directories[root]
    const { dev } = await stat(directory)
    const sum = devices.get(dev) ?? { directory, bytes: 0 }
    sum.bytes += needs[root]
    devices.set(dev, sum)
  }
  for (const { directory, bytes } of devices.values()) {
    const { bavail, bsize } = await statfs(directory)
    const free = bavail * bsize
    if (bytes <= free) continue
    throw new AppError({
      code: 'RESTORE_REFUSED',
      message: `the backup needs ${bytes} bytes in the file system of \`${directory}\`, which has ${free} free; nothing was changed`,
      hint: roomHint(directory),
    })
  }
}
