import type { Readable, Writable } from 'node:stream'

/**
 * Gives everything of `source` to every target, at the pace of the slowest that still reads, and ends them at its end. A
 * target that closes is left out. Returns what stops it: `source` is then paused and whole, for whoever owns it.
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
  // Who had it before left it paused.
  else source.resume()
  return stop
}
