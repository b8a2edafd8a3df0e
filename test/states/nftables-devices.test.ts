import { expect, it } from 'vitest'
import { devicesOf } from '../../states/lib/nftables.ts'

it('devicesOf finds the interfaces that netdev hooks name, each once', () => {
  const text = `table netdev lan {
  chain in { type filter hook ingress device "enp2s0" priority 0; }
  chain out { type filter hook egress device enp2s0 priority 0; }
  chain many { type filter hook ingress devices = { "eth0.10", wg-core } priority 0; }
}`

  expect(devicesOf(text)).toEqual(['enp2s0', 'eth0.10', 'wg-core'])
})

it('devicesOf finds no interface in a table without netdev hooks', () => {
  expect(devicesOf('chain input { type filter hook input priority 0; iifname "lo" accept; }')).toEqual([])
})
