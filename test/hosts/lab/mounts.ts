import { readFile } from 'node:fs/promises'
import { must, run } from './program.ts'
import { until } from './until.ts'

/** Lists the mount points at and below a directory, deepest first. */
export async function mountsBelow(directory: string): Promise<readonly string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8')
  const points = text.split('\n').map(line => unescape(line.split(' ')[4] ?? ''))
  return points.filter(point => point === directory || point.startsWith(`${directory}/`)).toReversed()
}

/** Unmounts everything at and below a directory. */
async function unmountBelow(directory: string): Promise<void> {
  await until(
    async () => {
      for (const point of await mountsBelow(directory)) await run(['umount', point])
      return (await mountsBelow(directory)).length === 0 ? true : undefined
    },
    {
      what: `everything mounted below ${directory} to be unmounted`,
      timeoutMs: 15_000,
      evidence: async () => `  still mounted: ${(await mountsBelow(directory)).join(' ')}`,
    },
  )
}

/** Removes a directory after unmounting what is in it; never crosses into another file system. */
export async function removeDirectory(directory: string): Promise<void> {
  await unmountBelow(directory)
  await must(['rm', '-rf', '--one-file-system', '--', directory], { timeoutMs: 120_000 })
}

function unescape(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
