/** Calls `act` for each item, even after an error; then throws the first error. */
export function forEachOf<Item>(items: Iterable<Item>, act: (item: Item) => void): void {
  const thrown: unknown[] = []
  for (const item of items) {
    try {
      act(item)
    } catch (error) {
      thrown.push(error)
    }
  }
  if (thrown.length > 0) throw thrown[0]
}
