import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, it, onTestFinished } from 'vitest'
import { bundle } from '../../scripts/package/bundle.ts'

const PROJECT = resolve(import.meta.dirname, '../..')

it('the bundle of the master contains the worker thread that parses large reports, and it starts from there', async () => {
  const { files } = await bundle(PROJECT, 'master')
  const directory = mkdtempSync(join(tmpdir(), 'saltern-bundle-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  for (const [name, text] of files) writeFileSync(join(directory, name), text)
  symlinkSync(join(PROJECT, 'node_modules'), join(directory, 'node_modules'))
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}')

  const worker = new Worker(join(directory, 'report-worker.mjs'))
  onTestFinished(() => void worker.terminate())
  const answer = new Promise<unknown>((heard, failed) => {
    worker.once('message', heard)
    worker.once('error', failed)
  })
  worker.postMessage(new TextEncoder().encode('no report'))

  expect(await answer).toMatchObject({ problem: { code: expect.any(String) } })
  // The starting code looks for the worker by this name, beside itself.
  expect([...files.values()].some(text => text.includes('./report-worker.mjs'))).toBe(true)
})
