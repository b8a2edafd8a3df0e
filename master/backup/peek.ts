/** Returns the first bytes of a stream, at least `size` unless it is shorter, together with the whole stream. */
export async function peek(
  stream: AsyncIterable<Uint8Array>,
  size: number,
): Promise<{ readonly first: Buffer; readonly whole: AsyncGenerator<Uint8Array> }> {
  const source = stream[Symbol.asyncIterator]()
  const parts: Uint8Array[] = []
  for (let held = 0; held < size; ) {
    const { value, done } = await source.next()
    if (done === true) break
    parts.push(value)
    held += value.length
  }
  const first = Buffer.concat(parts)
  return { first, whole: resume(first, source) }
}

async function* resume(first: Buffer, source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first
    for (;;) {
      const { value, done } = await source.next()
      if (done === true) return
      yield value
    }
  } finally {
    await source.return?.()
  }
}
