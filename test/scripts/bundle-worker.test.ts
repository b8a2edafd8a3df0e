import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import { expect, it, onTestFinished } from 'vitest'
import { bundle } from '../../scripts/package/bundle.ts'
import { picturePackage } from '../../scripts/package/native.ts'

const PROJECT = resolve(import.meta.dirname, '../..')

async function startBundled(worker: string, options: WorkerOptions = {}) {
  const { files } = await bundle(PROJECT, 'master')
  const directory = mkdtempSync(join(tmpdir(), 'saltern-bundle-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  for (const [name, text] of files) writeFileSync(join(directory, name), text)
  symlinkSync(join(PROJECT, 'node_modules'), join(directory, 'node_modules'))
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
  // The starting code looks for the worker by this name, beside itself.
  expect([...files.values()].some(text => text.includes(`./${worker}`))).toBe(true)

  const thread = new Worker(join(directory, worker), options)
  onTestFinished(() => void thread.terminate())
  const answer = new Promise<unknown>((heard, failed) => {
    thread.once('message', heard)
    thread.once('error', failed)
  })
  return { thread, answer }
}

it('the bundle of the master contains the worker thread that parses large reports, and it starts from there', async () => {
  const { thread, answer } = await startBundled('report-worker.mjs')
  thread.postMessage(new TextEncoder().encode('no report'))

  expect(await answer).toMatchObject({ problem: { code: expect.any(String) } })
})

it('the bundle of the master contains the worker thread that draws pictures, and it finds the files that the package brings', async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>'
  const { answer } = await startBundled('png-worker.mjs', { workerData: { svg, width: 4 } })

  expect(Buffer.from((await answer) as Uint8Array).toString('latin1', 1, 4)).toBe('PNG')
  const { folder, files } = picturePackage(PROJECT)
  expect(files.filter(file => !existsSync(join(folder, file)))).toEqual([])
})
