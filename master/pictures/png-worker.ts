import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import { initWasm, Resvg } from '@resvg/resvg-wasm'

/** A worker thread that draws one picture and ends, so that the memory of the library is free again. */
const { svg, width } = workerData as { readonly svg: string; readonly width: number }
await initWasm(await readFile(fileURLToPath(import.meta.resolve('@resvg/resvg-wasm/index_bg.wasm'))))
const image = new Resvg(svg, { fitTo: { mode: 'width', value: width } }).render()
parentPort?.postMessage(image.asPng())
