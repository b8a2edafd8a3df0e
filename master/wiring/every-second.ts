const SECOND_MS = 1000

/** Takes each of these looks once a second; one that throws does not keep the others from theirs. Returns how to stop it. */
export function everySecond(looks: readonly (() => void)[], onFault: (thrown: unknown) => void): () => void {
  const timer = setInterval(() => {
    for (const look of looks) {
      try {
        look()
      } catch (thrown) {
        onFault(thrown)
      }
    }
  }, SECOND_MS)
  return () => clearInterval(timer)
}
