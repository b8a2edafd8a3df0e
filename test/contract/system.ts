import { describe, expect, it, onTestFinished } from 'vitest'
import { Secret } from '../../protocol/secret.ts'
import type { Action, Content } from '../../states/action.ts'
import type { System } from '../../states/system.ts'

export interface SystemUnderTest {
  readonly system: System
  /** A directory that does not exist yet; the contract creates it and stays inside. */
  readonly root: string
  readonly close: () => Promise<void>
}

/** Tests what every System must do with files and with the values it remembers. `open` creates an empty one. */
export function systemContract(name: string, open: () => Promise<SystemUnderTest>): void {
  describe(`the contract of System: ${name}`, () => {
    const fresh = async (): Promise<{ readonly system: System; readonly at: (name: string) => string }> => {
      const { system, root, close } = await open()
      onTestFinished(close)
      await system.perform({ do: 'make-directory', path: root, mode: '0755', parents: false })
      return { system, at: path => `${root}/${path}` }
    }

    it('where nothing is, nothing is seen', async () => {
      const { system, at } = await fresh()

      expect(await system.stat(at('none'))).toBeUndefined()
      expect(await system.stat(at('none/below'))).toBeUndefined()
      expect(await system.sha256(at('none'))).toBeUndefined()
      expect(await system.readText(at('none'))).toBeUndefined()
      expect(await system.list(at('none'))).toBeUndefined()
    })

    it('a written file has its content, mode and size, and the digest that was foretold', async () => {
      const { system, at } = await fresh()

      await system.perform(write(at('file'), 'täxt\n', '0640'))

      expect(await system.stat(at('file'))).toMatchObject({ kind: 'file', mode: '0640', size: 6 })
      expect(await system.readText(at('file'))).toBe('täxt\n')
      expect(await system.sha256(at('file'))).toBe(system.digest('täxt\n'))
    })

    it('a second write replaces content and mode', async () => {
      const { system, at } = await fresh()
      await system.perform(write(at('file'), 'old', '0600'))

      await system.perform(write(at('file'), 'new', '0755'))

      expect(await system.stat(at('file'))).toMatchObject({ mode: '0755', size: 3 })
      expect(await system.readText(at('file'))).toBe('new')
      expect(await system.list(at('.').slice(0, -2))).toEqual(['file'])
    })

    it('secret content is written in clear and compared by its digest', async () => {
      const { system, at } = await fresh()
      const secret = new Secret('correct horse', 'app.password')

      await system.perform(write(at('file'), secret, '0600'))

      expect(await system.sha256(at('file'))).toBe(system.digest('correct horse'))
      expect(system.digest(secret)).toBe(system.digest('correct horse'))
    })

    it('a directory is made with its parents, lists its names sorted, and has no content', async () => {
      const { system, at } = await fresh()

      await system.perform({ do: 'make-directory', path: at('a/b'), mode: '0700', parents: true })
      await system.perform(write(at('a/b/2'), '', '0644'))
      await system.perform(write(at('a/b/1'), '', '0644'))

      expect(await system.stat(at('a'))).toMatchObject({ kind: 'directory', mode: '0755' })
      expect(await system.stat(at('a/b'))).toMatchObject({ kind: 'directory', mode: '0700' })
      expect(await system.list(at('a/b'))).toEqual(['1', '2'])
      expect(await system.sha256(at('a/b'))).toBeUndefined()
      expect(await system.list(at('a/b/1'))).toBeUndefined()
    })

    it('a link is seen as itself, its content is that of its target, and it can be led elsewhere', async () => {
      const { system, at } = await fresh()
      await system.perform(write(at('one'), '1', '0644'))
      await system.perform(write(at('two'), '2', '0644'))

      await system.perform({ do: 'link', path: at('link'), target: at('one') })
      expect(await system.stat(at('link'))).toMatchObject({ kind: 'symlink', target: at('one') })
      expect(await system.sha256(at('link'))).toBe(system.digest('1'))

      await system.perform({ do: 'link', path: at('link'), target: at('two') })
      expect(await system.stat(at('link'))).toMatchObject({ kind: 'symlink', target: at('two') })
      expect(await system.readText(at('one'))).toBe('1')
    })

    it('writing over a link replaces the link and leaves its target alone', async () => {
      const { system, at } = await fresh()
      await system.perform(write(at('target'), 'kept', '0644'))
      await system.perform({ do: 'link', path: at('link'), target: at('target') })

      await system.perform(write(at('link'), 'fresh', '0644'))

      expect((await system.stat(at('link')))?.kind).toBe('file')
      expect(await system.readText(at('target'))).toBe('kept')
    })

    it('a mode is set without touching the content', async () => {
      const { system, at } = await fresh()
      await system.perform(write(at('file'), 'x', '0600'))

      await system.perform({ do: 'set-mode', path: at('file'), mode: '0644' })

      expect(await system.stat(at('file'))).toMatchObject({ mode: '0644', size: 1 })
    })

    it('a new owner clears the set-user-id bit of a file, as chown(2) does', async () => {
      const { system, at } = await fresh()
      await system.perform(write(at('file'), 'x', '4755'))
      const status = await system.stat(at('file'))

      await system.perform({
        do: 'set-owner',
        path: at('file'),
        owner: String(status?.uid),
        group: String(status?.gid),
      })

      expect(await system.stat(at('file'))).toMatchObject({ mode: '0755' })
    })

    it('a full directory is removed only when told to take all that is in it', async () => {
      const { system, at } = await fresh()
      await system.perform({ do: 'make-directory', path: at('dir'), mode: '0755', parents: false })
      await system.perform(write(at('dir/file'), 'x', '0644'))

      await expect(system.perform({ do: 'remove', path: at('dir'), recursive: false })).rejects.toThrow()
      expect(await system.readText(at('dir/file'))).toBe('x')

      await system.perform({ do: 'remove', path: at('dir'), recursive: true })
      expect(await system.stat(at('dir'))).toBeUndefined()
      expect(await system.stat(at('dir/file'))).toBeUndefined()
    })

    it('removing a link leaves its target alone', async () => {
      const { system, at } = await fresh()
      await system.perform(write(at('target'), 'kept', '0644'))
      await system.perform({ do: 'link', path: at('link'), target: at('target') })

      await system.perform({ do: 'remove', path: at('link'), recursive: false })

      expect(await system.stat(at('link'))).toBeUndefined()
      expect(await system.readText(at('target'))).toBe('kept')
    })

    it.each<[string, (at: (name: string) => string) => Action]>([
      ['writing into a directory that is not there', at => write(at('none/file'), 'x', '0644')],
      ['writing a file where a directory is', at => write(at('dir'), 'x', '0644')],
      ['linking where a directory is', at => ({ do: 'link', path: at('dir'), target: '/' })],
      [
        'making a directory that is there',
        at => ({ do: 'make-directory', path: at('dir'), mode: '0755', parents: false }),
      ],
      ['removing what is not there', at => ({ do: 'remove', path: at('none'), recursive: false })],
      ['setting the mode of what is not there', at => ({ do: 'set-mode', path: at('none'), mode: '0644' })],
    ])('%s is refused and leaves nothing behind', async (_what, action) => {
      const { system, at } = await fresh()
      await system.perform({ do: 'make-directory', path: at('dir'), mode: '0755', parents: false })

      await expect(system.perform(action(at))).rejects.toThrow()

      expect(await system.list(at('.').slice(0, -2))).toEqual(['dir'])
      expect(await system.list(at('dir'))).toEqual([])
    })

    it('a value is known as applied under its key alone, and only the last one', async () => {
      const { system } = await fresh()
      const value = new Secret('first', 'db.password')
      expect(await system.applied('user:a', value)).toBe(false)

      await system.perform({ do: 'remember', key: 'user:a', value })
      expect(await system.applied('user:a', value)).toBe(true)
      expect(await system.applied('user:b', value)).toBe(false)

      await system.perform({ do: 'remember', key: 'user:a', value: 'second' })
      expect(await system.applied('user:a', value)).toBe(false)
      expect(await system.applied('user:a', 'second')).toBe(true)
    })
  })
}

function write(path: string, content: Content, mode: string): Action {
  return { do: 'write-file', path, content, mode, showDiff: true }
}
