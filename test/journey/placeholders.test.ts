import { expect, it } from 'vitest'
import { withPlaceholders } from './placeholders.ts'

it.each([
  ['write /tmp/h-a1B2c3/web1/etc/motd', 'write /tmp/h-000000/web1/etc/motd'],
  ['details: master report job-01m8qtepqrdjhh68f6j75svtyq', 'details: master report job-00000000000000000000000000'],
  ['run-01m8qtepqrdjhh68f6j75svtyq', 'run-00000000000000000000000000'],
  ['web1  SHA256:nPEMcQv8skb20meMrfLfSbqABtL1JmS91i+ZoA6wy2k', `web1  SHA256:${'0'.repeat(43)}`],
  ['fleet 136683b4aa72  details', 'fleet 000000000000  details'],
  ['127.0.0.1:43211', '127.0.0.1:00000'],
  ['by  token SOxP3t_eB4PgGVnl', 'by  token 0000000000000000'],
  ['-  0.1.0  done', '-  0.0.0  done'],
  ['-  0.1.0-12.gabc  done', '-  0.0.0-00.gabc  done'],
  ['(6 B, mode 0644, deve:deve)', '(6 B, mode 0644, root:root)'],
])('what differs from run to run in %j has a placeholder of the same width', (text, placeholder) => {
  expect(withPlaceholders(text)).toBe(placeholder)
  expect(withPlaceholders(text)).toHaveLength(text.length)
})

it('what is the same in each run is kept', () => {
  const text = 'release 2.1, option 10, 2026-12-01 09:30:00, job-1, 30.0 s, fleet.yml, 10.0.0.1, mode 0644'

  expect(withPlaceholders(text)).toBe(text)
})
