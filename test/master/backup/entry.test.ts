import { expect, it } from 'vitest'
import { EntryGuard, MOST_ENTRIES, MOST_LINKS, manifestOf, staysBelow } from '../../../master/backup/entry.ts'
import { MANIFEST } from './archives.ts'

it('a manifest is read as it was written', () => {
  expect(manifestOf(JSON.stringify(MANIFEST), 2)).toEqual(MANIFEST)
})

it('the error for a manifest of a newer format names both formats', () => {
  const newer = JSON.stringify({ ...MANIFEST, format: 3 })

  expect(() => manifestOf(newer, 2)).toThrow('it has format 3, this master supports formats up to 2')
})

it.each(['', '{', 'null', '7', '{}', JSON.stringify({ ...MANIFEST, fleet: '../x' })])(
  '%j is not a valid manifest',
  text => {
    expect(() => manifestOf(text, 2)).toThrow('cannot be restored')
  },
)

it.each(['a', 'a/b', '.git/HEAD', 'a..b', '...'])('the path %j stays below its root', path => {
  expect(staysBelow(path)).toBe(true)
})

it.each(['', '.', '..', '/etc', 'a//b', 'a/', 'a/../b', 'a/./b', 'a\0b', 'a/'.repeat(3000) + 'a'])(
  'the path %j is rejected because it leaves its root',
  path => {
    expect(staysBelow(path)).toBe(false)
  },
)

it('EntryGuard rejects entries below a symlink at any depth, and accepts its siblings', () => {
  const guard = new EntryGuard()
  guard.admit({ kind: 'link', root: 'fleet', path: 'a/l', to: '/etc' })
  guard.admit({ kind: 'directory', root: 'fleet', path: 'a/l2', mode: 0o755 })
  guard.admit({ kind: 'directory', root: 'state', path: 'a/l/b', mode: 0o755 })

  expect(() => guard.admit({ kind: 'file', root: 'fleet', path: 'a/l/b/c', mode: 0o644, size: 1 })).toThrow(
    '`fleet/a/l/b/c`, which is below a symbolic link, `fleet/a/l`',
  )
})

it('EntryGuard rejects more entries or symlinks than a backup can contain', () => {
  const [many, linked] = [new EntryGuard(), new EntryGuard()]
  for (let n = 0; n < MOST_ENTRIES; n++) many.admit({ kind: 'directory', root: 'fleet', path: 'd', mode: 0o755 })
  for (let n = 0; n < MOST_LINKS; n++) linked.admit({ kind: 'link', root: 'fleet', path: `l${n}`, to: 'x' })

  expect(() => many.admit({ kind: 'directory', root: 'fleet', path: 'd', mode: 0o755 })).toThrow('1000000 files')
  expect(() => linked.admit({ kind: 'link', root: 'fleet', path: 'one more', to: 'x' })).toThrow('100000 symbolic')
})
