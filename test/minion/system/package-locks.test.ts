import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { lockHolder, waitForLocks } from '../../../minion/system/package-locks.ts'

/** Perl is part of every Debian. It locks the file like apt and dpkg, reports that, and ends with its input. */
const HOLD =
  'use Fcntl; open(F, "+<", $ARGV[0]); my $l = pack("s s l! l! i x8", F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $l) or die; $| = 1; print "held\\n"; <STDIN>'

async function scene(): Promise<{
  readonly paths: readonly string[]
  readonly hold: (path: string) => Promise<{ readonly pid: number; readonly release: () => Promise<void> }>
}> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-locks-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const paths = ['lock-frontend', 'lock', 'lists', 'archives'].map(name => join(directory, name))
  for (const path of paths) await writeFile(path, '')
  return {
    paths: [...paths, join(directory, 'not-there')],
    async hold(path) {
      const child = spawn('perl', ['-e', HOLD, path], { stdio: ['pipe', 'pipe', 'inherit'] })
      onTestFinished(() => void child.kill())
      const died = once(child, 'exit').then(() => Promise.reject(new Error('perl got no lock')))
      died.catch(() => undefined)
      await Promise.race([once(child.stdout, 'data'), died])
      const release = async (): Promise<void> => {
        child.stdin.end()
        await once(child, 'exit')
      }
      return { pid: child.pid ?? 0, release }
    },
  }
}

it.each([0, 1, 2, 3])('apt and dpkg lock number %i is waited for, and each message names its holder', async index => {
  const { paths, hold } = await scene()
  const path = paths[index] ?? ''
  const holder = await hold(path)
  const lines: string[] = []

  await waitForLocks({
    paths,
    onWait: line => {
      lines.push(line)
      void holder.release()
    },
  })

  const who = `\`${path}\`, which \`perl\` (pid ${holder.pid}) holds`
  expect(lines).toEqual([`waits for ${who}`, expect.stringMatching(/^waited (?:\d+ ms|\d+\.\d s) for /)])
  expect(lines[1]).toContain(who)
})

it('package locks that nobody holds, or that are only open, are not waited for', async () => {
  const { paths } = await scene()
  const lines: string[] = []

  await waitForLocks({ paths, onWait: line => void lines.push(line) })

  expect(lines).toEqual([])
  expect(await lockHolder(paths)).toBeUndefined()
})

it('package locks held for too long are an error that names the holder, and a cancelled run stops the wait', async () => {
  const { paths, hold } = await scene()
  const { pid } = await hold(paths[2] ?? '')
  const wait = (more: object) => waitForLocks({ paths, onWait: () => undefined, ...more })

  await expect(wait({ limitMs: 0 })).rejects.toMatchObject({
    problems: [{ code: 'PACKAGE_FAILED', message: expect.stringContaining(`(pid ${pid})`) }],
  })
  const cancel = new AbortController()
  const waiting = wait({ signal: cancel.signal, onWait: () => cancel.abort(new Error('cancelled')) })
  await expect(waiting).rejects.toThrow('cancelled')
})
