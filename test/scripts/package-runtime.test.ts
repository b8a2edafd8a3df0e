import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runtimeFor } from '../../scripts/package/runtime.ts'

it('the runtime of the packages is the Node of the registry without its symbols, and it runs', async () => {
  const work = mkdtempSync(join(tmpdir(), 'saltern-runtime-'))
  onTestFinished(() => rmSync(work, { recursive: true }))
  const { folder, program } = await runtimeFor(
    resolve(import.meta.dirname, '../..'),
    process.arch === 'arm64' ? 'arm64' : 'amd64',
    work,
  )
  const versionOf = (node: string): string => execFileSync(node, ['-p', 'process.version'], { encoding: 'utf8' })

  expect(versionOf(program)).toBe(versionOf(join(folder, 'bin/node')))
  expect(execFileSync('readelf', ['--sections', '--wide', program], { encoding: 'utf8' })).not.toContain('.symtab')
  expect(statSync(program).size).toBeLessThan(statSync(join(folder, 'bin/node')).size)
})
