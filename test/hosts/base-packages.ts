/** What the role base installs on a bare host, fetched beforehand by every lab that applies it. */
export const BASE_PACKAGES = [
  'ca-certificates',
  'chrony',
  'nftables',
  'openssh-server',
  'procps',
  'prometheus-node-exporter',
  'sudo',
  'unattended-upgrades',
] as const
