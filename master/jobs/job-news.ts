import type { JobNews, RunNews } from './dispatcher-port.ts'

export function createJobNews(): JobNews {
  const listeners = new Set<(news: RunNews) => void>()
  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    tell(news) {
      for (const listener of listeners) listener(news)
    },
  }
}
