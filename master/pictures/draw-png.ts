import { Worker } from 'node:worker_threads'

/** Next to this file; in a bundle, next to the part that contains it (scripts/package/bundle.ts). */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './png-worker.ts' : './png-worker.mjs', import.meta.url)
const MEMORY_MB = 64

/** Draws an SVG that is `width` pixels wide as a PNG. There are no fonts: text in it is left out. */
export async function drawPng(svg: string, width: number): Promise<Uint8Array> {
  const worker = new Worker(WORKER, {
    workerData: { svg, width },
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  })
  try {
    return await new Promise<Uint8Array>((done, failed) => {
      worker.once('message', done)
      worker.once('error', failed)
      worker.once('exit', code => failed(new Error(`the thread that draws ended with exit code ${code}`)))
    })
  } finally {
    await worker.terminate()
  }
}
