import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { Entry, Manifest, Packed } from '../../../master/backup/entry.ts'
import { pack, unpack } from '../../../master/backup/tar.ts'
import { MANIFEST, part, tarOf } from './archives.ts'
import { chunksOf, collect, refusalOf } from './streams.ts'

type Written = readonly (readonly [Entry, string])[]

let directory: string | undefined
afterEach(() => {
  if (directory !== undefined) rmSync(directory, { recursive: true })
  directory = undefined
})
const temporary = (): string => (directory = mkdtempSync(join(tmpdir(), 'saltern-tar-')))

async function* packed(entries: Written): AsyncGenerator<Packed> {
  for (const [entry, text] of entries) yield { entry, content: chunksOf(Buffer.from(text)) }
}

const archive = (entries: Written): Promise<Buffer> => collect(pack(MANIFEST, packed(entries)))

async function unpacked(bytes: Uint8Array, size = 700): Promise<{ manifest: Manifest; entries: Written }> {
  const { manifest, entries } = await unpack(chunksOf(bytes, size))
  const found: [Entry, string][] = []
  for await (const { entry, content } of entries) found.push([entry, (await collect(content)).toString()])
  return { manifest, entries: found }
}

const file = (path: string, size: number): Entry => ({ kind: 'file', root: 'fleet', path, mode: 0o644, size })
const LONG = `${'a directory with a long name/'.repeat(9)}${'ü'.repeat(100)}`
const ENTRIES: Written = [
  [{ kind: 'file', root: 'settings', path: 'master.yml', mode: 0o644, size: 3 }, 'a: '],
  [{ kind: 'directory', root: 'state', path: 'identity', mode: 0o700 }, ''],
  [{ kind: 'file', root: 'state', path: 'identity/root.key', mode: 0o600, size: 1200 }, 'k'.repeat(1200)],
  [file('empty', 0), ''],
  [file('with\nodd "letters" ☃', 512), 's'.repeat(512)],
  [file(LONG, 5), 'a: 1\n'],
  [{ kind: 'link', root: 'fleet', path: 'l', to: '/srv/elsewhere' }, ''],
  [{ kind: 'link', root: 'fleet', path: 'long', to: 'x/'.repeat(200) }, ''],
]

it.each([1, 511, 513, 100_000])(
  'a tar archive read in chunks of %i bytes returns its files, directories and symlinks',
  async size => {
    expect(await unpacked(await archive(ENTRIES), size)).toEqual({ manifest: MANIFEST, entries: ENTRIES })
  },
)

it('a tar archive of a backup can be listed and unpacked with tar', async () => {
  const target = temporary()
  const tar = (...words: readonly string[]): string => {
    return execFileSync('tar', [...words, '--file', join(target, 'a.tar')], { encoding: 'utf8', cwd: target })
  }
  writeFileSync(join(target, 'a.tar'), await archive(ENTRIES.filter(([{ path }]) => path !== LONG)))
  const listed = tar('--list', '--verbose', '--quoting-style=literal')
  tar('--extract')

  expect(listed).toMatch(/^-rw------- .* manifest\.json$/m)
  expect(listed).toMatch(/^drwx------ .* state\/$/m)
  expect(listed).toMatch(/^drwxr-xr-x .* fleet\/$/m)
  expect(listed).toMatch(/^-rw------- .* 1200 .* state\/identity\/root\.key$/m)
  expect(listed).toMatch(/ fleet\/l -> \/srv\/elsewhere$/m)
  expect(JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8'))).toEqual(MANIFEST)
  expect(readFileSync(join(target, 'fleet/with\nodd "letters" ☃'), 'utf8')).toBe('s'.repeat(512))
})

it('a tar archive made with tar can be read as a backup', async () => {
  const source = temporary()
  for (const name of ['state', 'fleet/a']) mkdirSync(join(source, name), { recursive: true, mode: 0o755 })
  writeFileSync(join(source, 'manifest.json'), JSON.stringify(MANIFEST))
  writeFileSync(join(source, 'fleet/a', 'n'.repeat(150)), 'text', { mode: 0o644 })
  symlinkSync('a', join(source, 'fleet/l'))
  const words = ['--create', '--sort=name', '--directory', source, 'manifest.json', 'state', 'fleet']
  const { entries } = await unpacked(execFileSync('tar', words))

  expect(entries).toEqual([
    [{ kind: 'directory', root: 'fleet', path: 'a', mode: 0o755 }, ''],
    [file(`a/${'n'.repeat(150)}`, 4), 'text'],
    [{ kind: 'link', root: 'fleet', path: 'l', to: 'a' }, ''],
  ])
})

it('packing a tar archive fails when content is shorter or longer than its declared size', async () => {
  await expect(archive([[file('a', 500), 'short']])).rejects.toThrow('Size mismatch')
  await expect(archive([[file('a', 3), 'longer']])).rejects.toThrow('exceeds')
})

it('packing a tar archive fails with the error of its source', async () => {
  const failing = async function* (): AsyncGenerator<Packed> {
    yield { entry: file('a', 3), content: chunksOf(Buffer.from('abc')) }
    throw new Error('no more')
  }

  await expect(collect(pack(MANIFEST, failing()))).rejects.toThrow('no more')
})

it('packing a tar archive closes its source when the consumer stops reading', async () => {
  let isClosed = false
  const endless = async function* (): AsyncGenerator<Packed> {
    try {
      for (;;) yield { entry: file('a', 100_000), content: chunksOf(Buffer.alloc(100_000), 10_000) }
    } finally {
      isClosed = true
    }
  }
  let taken = 0
  for await (const chunk of pack(MANIFEST, endless())) {
    taken += chunk.length
    if (taken > 250_000) break
  }

  expect(isClosed).toBe(true)
})

it.each([
  '../x',
  '/etc/passwd',
  'fleet/../../x',
  'fleet//x',
  'fleet/./x',
  './fleet/x',
  'elsewhere/x',
  'x',
  'fleet',
  'state/../fleet/x',
  'fleet/..',
])('a tar archive with the path %j is rejected', async path => {
  const refusal = await refusalOf(tarOf(part(path)).then(bytes => unpacked(bytes)))

  expect(refusal).toBe(
    `BACKUP_UNREADABLE: the backup cannot be restored: it contains \`${path}\`, which is outside of the directories of a backup; nothing was changed`,
  )
})

it.each(['../', '/', 'fleet/../', 'fleet/../../etc/', 'elsewhere/', '/state/'])(
  'a tar archive with the directory %j is rejected',
  async path => {
    const refusal = await refusalOf(tarOf(part(path, { type: 'directory' })).then(bytes => unpacked(bytes)))

    expect(refusal).toContain(
      `BACKUP_UNREADABLE: the backup cannot be restored: it contains \`${path}\`, which is outside`,
    )
  },
)

it.each(['link', 'character-device', 'block-device', 'fifo'] as const)(
  'a tar archive with a %s is rejected',
  async type => {
    const refusal = await refusalOf(
      tarOf(part('fleet/x', { type, linkname: '/etc/passwd' })).then(bytes => unpacked(bytes)),
    )

    expect(refusal).toMatch(/^BACKUP_UNREADABLE: .*`fleet\/x`, which is neither a file nor a directory/)
  },
)

it('a tar archive with an entry below a symlink is rejected', async () => {
  const bytes = await tarOf(
    part('fleet/l', { type: 'symlink', linkname: '/etc' }),
    part('fleet/l/cron.d/', { type: 'directory' }),
  )

  expect(await refusalOf(unpacked(bytes))).toContain('below a symbolic link')
})

it('a tar archive with a symlink without a target is rejected', async () => {
  expect(await refusalOf(tarOf(part('fleet/l', { type: 'symlink' })).then(bytes => unpacked(bytes)))).toMatch(
    /^BACKUP_UNREADABLE: .*without a possible target/,
  )
})

it('a tar archive never sets a set-uid bit', async () => {
  const { entries } = await unpacked(await tarOf(part('fleet/x', { mode: 0o6755 })))

  expect(entries).toEqual([[{ ...file('x', 1), mode: 0o755 }, 'x']])
})

it('the error for a bad tar entry escapes control characters in its name', async () => {
  const refusal = await refusalOf(tarOf(part('\u001b[31mx')).then(bytes => unpacked(bytes)))

  expect(refusal).toContain('`\\x1b[31mx`')
})

it.each([
  ['nothing', Buffer.alloc(0)],
  ['text', Buffer.from('text '.repeat(1000))],
  ['an empty archive', Buffer.alloc(1024)],
])('a tar archive that consists of %s is rejected', async (_, bytes) => {
  expect(await refusalOf(unpacked(bytes))).toMatch(/^BACKUP_UNREADABLE: /)
})

it('a tar archive without a manifest at its start, or with an oversized one, is rejected', async () => {
  const whole = await tarOf(part('fleet/x'))
  const large = await tarOf(part('manifest.json', {}, ' '.repeat(100_000)))

  expect(await refusalOf(unpacked(whole.subarray(1024)))).toContain('its first file is not `manifest.json`')
  expect(await refusalOf(unpacked(large.subarray(1024)))).toContain('its first file is not `manifest.json`')
})

it('a tar archive is rejected at whatever byte it is cut off', async () => {
  const whole = await archive(ENTRIES)
  const cuts = Array.from({ length: Math.floor(whole.length / 97) }, (_, n) => n * 97)
  const refusals = await Promise.all(cuts.map(cut => refusalOf(unpacked(whole.subarray(0, cut)))))

  expect(cuts.length).toBeGreaterThan(80)
  expect(refusals.filter(refusal => !refusal.startsWith('BACKUP_UNREADABLE'))).toEqual([])
})

it('a tar archive with an edited header is rejected', async () => {
  const whole = await tarOf(part('fleet/x', {}, 'y'.repeat(512)))
  whole[1024 + 1] = 0x7a

  expect(await refusalOf(unpacked(whole))).toMatch(/^BACKUP_UNREADABLE: .*complete tar archive/)
})
