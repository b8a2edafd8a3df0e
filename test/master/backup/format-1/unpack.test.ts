import { expect, it } from 'vitest'
import { unpack } from '../../../../master/backup/format-1/unpack.ts'
import { MANIFEST } from '../archives.ts'
import { chunksOf, collect, refusalOf } from '../streams.ts'

const FILE = { kind: 'file', root: 'fleet', path: 'a', mode: 0o644, size: 5 }
const LINK = { kind: 'link', root: 'fleet', path: 'a/l', to: '/etc' }

/** Objects become lines of JSON; text is passed unchanged. */
async function contents(...parts: readonly (object | string)[]): Promise<readonly unknown[]> {
  const lines = [{ ...MANIFEST, format: 1 }, ...parts].map(part =>
    typeof part === 'string' ? part : `${JSON.stringify(part)}\n`,
  )
  const found: unknown[] = []
  const { entries } = await unpack(chunksOf(Buffer.from(lines.join('')), 7))
  for await (const { entry, content } of entries) found.push(entry, (await collect(content)).toString())
  return found
}

it('a format 1 archive unpacks to its files and symlinks', async () => {
  const ending = { kind: 'end', entries: 2 }

  expect(await contents(FILE, 'a: 1\n', LINK, ending)).toEqual([FILE, 'a: 1\n', LINK, ''])
})

it.each(['../x', '/etc/passwd', 'a/../../x', 'a//b', '.', ''])(
  'a format 1 archive with the path %j is rejected',
  async path => {
    const attempt = contents({ ...FILE, path }, 'a: 1\n', { kind: 'end', entries: 1 })

    expect(await refusalOf(attempt)).toMatch(/^BACKUP_UNREADABLE: /)
  },
)

it('a format 1 archive with an entry below a symlink is rejected', async () => {
  expect(await refusalOf(contents(LINK, { ...FILE, path: 'a/l/cron.d' }, 'a: 1\n'))).toContain('below a symbolic link')
})

it('a format 1 archive that is too short or has trailing content is rejected', async () => {
  expect(await refusalOf(contents({ ...FILE, size: 500 }, 'short'))).toContain('it is truncated')
  expect(await refusalOf(contents(FILE, 'a: 1\n'))).toContain('it is truncated')
  expect(await refusalOf(contents({ kind: 'end', entries: 1 }))).toContain(
    'its content does not match its list of files',
  )
  expect(await refusalOf(contents({ kind: 'end', entries: 0 }, 'more'))).toContain(
    'its content does not match its list of files',
  )
})
