import { chmod, lstat, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { captureRestorePoint, restore } from '../../minion/apply/restore-point.ts'
import { diffOf } from '../../minion/apply/text-diff.ts'
import { appliedValues } from '../../minion/system/applied-values.ts'
import { linuxSystem } from '../../minion/system/linux.ts'
import { sha256Of } from '../../protocol/catalog.ts'
import type { System } from '../../states/system.ts'
import { actUnderAttack, NOBODY, swapOverAndOver } from '../minion/system/swap-attack.ts'

/** Threat 13: an unprivileged user swaps files that the minion, as root, inspects or changes. */

const isRoot = process.getuid?.() === 0
const SHADOW = 'root:$6$nobody-may-read-this\n'

interface Place {
  /** A file that only root may read. */
  readonly shadow: string
  /** A directory of the attacker, with a file and a link to `shadow` that are swapped. */
  readonly evil: string
  readonly file: string
  readonly link: string
  readonly system: System
}

async function place(): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-race-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  await chmod(directory, 0o755)
  const [shadow, evil] = [join(directory, 'shadow'), join(directory, 'evil')]
  await writeFile(shadow, SHADOW, { mode: 0o600 })
  await mkdir(evil)
  const [file, link] = [join(evil, 'file'), join(evil, 'link')]
  await writeFile(file, 'what he wrote\n')
  await symlink(shadow, link)
  const applied = appliedValues(join(directory, 'state'))
  const system = linuxSystem({ applied, blobPath: () => '', signal: () => undefined })
  return { shadow, evil, file, link, system }
}

describe.runIf(isRoot)('a file that another user swaps for a link to one of root', () => {
  it('a file that another user swaps for a symlink to a root file is never read through the symlink', async () => {
    const { evil, file, link, system } = await place()
    const seen = new Set<string | undefined>()
    const attack = await swapOverAndOver(evil, file, link)

    await actUnderAttack(() => system.readText(file), { times: 40, onDone: text => void seen.add(text) })
    await actUnderAttack(() => system.sha256(file), { times: 40, onDone: hash => void seen.add(hash) })
    const write = { do: 'write-file', path: file, content: 'new\n', mode: '0644', showDiff: true } as const
    await actUnderAttack(() => diffOf(write, system), { onDone: diff => void seen.add(diff) })
    await attack.stop()

    expect([...seen].filter(text => text?.includes('$6$') === true)).toEqual([])
    expect(seen).not.toContain(sha256Of(SHADOW))
    expect(seen).toContain('what he wrote\n')
  })

  it('a file that another user swaps for a symlink is replaced, and the target keeps content, owner and mode', async () => {
    const { evil, file, link, shadow, system } = await place()
    const attack = await swapOverAndOver(evil, file, link)

    for (let round = 0; round < 100; round++) {
      await system.perform({ do: 'write-file', path: file, content: 'new\n', mode: '0644', showDiff: true })
      await system.perform({ do: 'set-mode', path: file, mode: '0666' }).catch(() => undefined)
      await system.perform({ do: 'set-owner', path: file, owner: String(NOBODY) })
    }
    await attack.stop()

    expect(await lstat(shadow)).toMatchObject({ uid: 0, gid: 0, mode: 0o100600, size: SHADOW.length })
  })

  it('a file written in place of a symlink is not owned by the owner of the symlink', async () => {
    const { evil, file, link, system } = await place()
    const swap = await swapOverAndOver(evil, file, link)
    await swap.stop()
    const foreign = join(evil, 'foreign')
    await symlink(file, foreign)

    await system.perform({ do: 'write-file', path: foreign, content: 'new\n', mode: '0600', showDiff: true })

    expect(await lstat(foreign)).toMatchObject({ uid: 0, mode: 0o100600 })
  })
})

describe.runIf(isRoot)('a directory that is put back while another user swaps it for a link', () => {
  it('reverting a directory that another user swaps for a symlink does not change the target', async () => {
    const { evil, shadow } = await place()
    const [directory, link] = [join(evil, 'directory'), join(evil, 'other')]
    await mkdir(directory, { mode: 0o777 })
    await symlink(shadow, link)
    const attack = await swapOverAndOver(evil, directory, link)
    let point = await captureRestorePoint(directory, false)
    while (point.was !== 'directory') point = await captureRestorePoint(directory, false)
    const wasDirectory = point

    await actUnderAttack(() => restore(wasDirectory))
    await attack.stop()

    expect(await lstat(shadow)).toMatchObject({ uid: 0, gid: 0, mode: 0o100600 })
  })
})
