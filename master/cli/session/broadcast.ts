import type { Readable, Writable } from 'node:stream'

/**
 * Copies `source` to every target, at the pace of the slowest one, and ends them when it ends. Drops a target that closes.
 * Returns a function that stops it and leaves `source` paused, so that its owner can continue to read it.
 */
export function broadcast(source: Readable, targets: readonly Writable[]): () => void {
  const open = new Set(targets)
  const full = new Set<Writable>()
  const onData = (chunk: Buffer | string): void => {
    for (const target of open) if (!target.write(chunk)) full.add(target)
    if (full.size > 0) source.pause()
  }
  const onEnd = (): void => {
    for (const target of open) target.end()
    stop()
  }
  const stop = (): void => {
    source.off('data', onData).off('end', onEnd).off('error', onEnd)
    source.pause()
    open.clear()
  }
  const emptied = (target: Writable): void => {
    if (full.delete(target) && full.size === 0 && open.size > 0) source.resume()
  }
  const left = (target: Writable): void => {
    if (!open.delete(target)) return
    if (open.size === 0) stop()
    else emptied(target)
  }
  for (const target of targets) {
    target.on('drain', () => emptied(target))
    target.on('close', () => left(target))
    target.on('error', () => left(target))
  }
  source.on('data', onData).on('end', onEnd).on('error', onEnd)
  if (source.readableEnded || source.destroyed) onEnd()
  // A previous reader may have left it paused.
  else source.resume()
  return stop
}
