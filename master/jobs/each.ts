/** Does this with each item, also when an earlier one threw; then throws what was thrown first. */
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
