/** What differs from run to run in the output of commands, and what to write in its place. */
const PLACEHOLDERS: readonly (readonly [RegExp, (found: string) => string])[] = [
  // A directory of a test.
  [/\/tmp\/h-\w{6}/g, () => '/tmp/h-000000'],
  // Ids of jobs and runs.
  [/\b(?:job|run)-[0-9a-hjkmnp-tv-z]{26}\b/g, found => found.replaceAll(/(?<=-).*/g, ones => '0'.repeat(ones.length))],
  // Fingerprints of keys, and their beginnings.
  [/\bSHA256:[\w+/-]+/g, found => `SHA256:${'0'.repeat(found.length - 'SHA256:'.length)}`],
  [/(?<=\btoken )[\w-]{16}(?!\S)/g, found => '0'.repeat(found.length)],
  [/(?<=\bfleet )[0-9a-f]{12}\b/g, found => '0'.repeat(found.length)],
  [/\b127\.0\.0\.1:\d+\b/g, found => found.replaceAll(/(?<=:)\d+/g, port => '0'.repeat(port.length))],
  // The owner of files is whoever runs the tests; only this placeholder can have another width.
  [/(?<=, mode 0\d{3}, )[\w.-]+:[\w.-]+(?=\))/g, () => 'root:root'],
  // Versions, but not addresses.
  [/(?<=\s)\d+\.\d+\.\d+(?:[-+][\w.]+)?(?!\S)/g, found => found.replaceAll(/\d/g, '0')],
]

/** Replaces ids, hashes, versions, ports, owners and paths of a test by text that is always the same, and as wide. Pure. */
export function withPlaceholders(text: string): string {
  return PLACEHOLDERS.reduce((shown, [pattern, replace]) => shown.replaceAll(pattern, replace), text)
}
