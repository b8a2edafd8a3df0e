import { expect, it } from 'vitest'
import { secretFileKey } from '../../../minion/apply/secret-files.ts'
import { diffOf } from '../../../minion/apply/text-diff.ts'
import { sha256Of } from '../../../protocol/catalog.ts'
import { Secret, secretOf } from '../../../protocol/secret.ts'
import type { Content } from '../../../states/action.ts'
import { createFakeSystem } from '../../fake/fake-system.ts'

const PATH = '/etc/app'

function writing(content: Content, showDiff = true) {
  return { do: 'write-file', path: PATH, content, mode: '0644', showDiff } as const
}

function hashOf(text: string): string {
  return sha256Of(text).slice(0, 32)
}

it('the diff of a file shows lines of text as they are, tabs too', async () => {
  const system = createFakeSystem({ files: { [PATH]: { content: 'a\n\tb\n' } } })

  expect(await diffOf(writing('a\n\tc\n'), system)).toBe(`--- ${PATH}\n+++ ${PATH}\n@@ -1,2 +1,2 @@\n a\n-\tb\n+\tc\n`)
})

it('the diff of a file shows size and hash of a file that is no text, before and after', async () => {
  const system = createFakeSystem({ files: { [PATH]: { content: 'old\0' } } })

  expect(await diffOf(writing('newer\0'), system)).toBe(
    `--- ${PATH}\n+++ ${PATH}\n-4 B, SHA-256 ${hashOf('old\0')}\n+6 B, SHA-256 ${hashOf('newer\0')}\n`,
  )
})

it('the diff of a file shows size and hash of a file that is too long for a diff', async () => {
  const long = 'x'.repeat(300_000)
  const system = createFakeSystem({ files: { [PATH]: undefined } })

  expect(await diffOf(writing(long), system)).toBe(`--- ${PATH}\n+++ ${PATH}\n+293.0 KiB, SHA-256 ${hashOf(long)}\n`)
  expect(await diffOf(writing({ blob: sha256Of('y'), size: 5_000_000 }), system)).toContain(
    `+4.8 MiB, SHA-256 ${hashOf('y')}`,
  )
})

it('the diff of a file is none where content stays, and says nothing of what must not be shown', async () => {
  const system = createFakeSystem({ files: { [PATH]: { content: 'a\n' } } })

  expect(await diffOf(writing('a\n'), system)).toBeUndefined()
  expect(await diffOf(writing('b\n', false), system)).toBe(`${PATH}: content changed (not shown)\n`)
  expect(await diffOf(writing(new Secret('b\n', 'x')), system)).toBe(`${PATH}: secret content changed\n`)
  expect(await diffOf(writing(new Secret('b\n', 'x'), false), system)).toBe(`${PATH}: secret content changed\n`)
})

it('the diff of a file shows lines around secrets, and of a file that had some only what the new text has too', async () => {
  const system = createFakeSystem({ files: { [PATH]: { content: 'user = a\nold = s3cret\n' } } })
  const parts = [
    { text: 'user = a\npassword = ', isSecret: false },
    { text: 's3cret', isSecret: true },
    { text: '\n', isSecret: false },
  ]

  expect(await diffOf(writing(secretOf(parts, 'x')), system)).toBe(
    `--- ${PATH}\n+++ ${PATH}\n@@ -1,2 +1,2 @@\n user = a\n-***\n+password = ***\n`,
  )
  await system.perform({ do: 'remember', key: secretFileKey(PATH), value: PATH })
  expect(await diffOf(writing('user = a\nplain\n'), system)).toBe(`${PATH}: secret content changed\n`)
  expect(await diffOf({ ...writing('user = a\nplain\n'), isWhole: true }, system)).toBe(
    `--- ${PATH}\n+++ ${PATH}\n@@ -1,2 +1,2 @@\n user = a\n-***\n+plain\n`,
  )
})

it('the diff of a file shows neither lines nor a hash of what has secrets and is no text, or too long', async () => {
  const system = createFakeSystem({ files: { [PATH]: { content: 'old\0' } } })
  const long = [
    { text: 'x\n'.repeat(200_000), isSecret: false },
    { text: 's3cret', isSecret: true },
  ]

  expect(await diffOf(writing(secretOf(long, 'x')), system)).toBe(`${PATH}: secret content changed\n`)
  await system.perform({ do: 'remember', key: secretFileKey(PATH), value: PATH })
  expect(await diffOf(writing('new\n'), system)).toBe(`${PATH}: secret content changed\n`)
})
