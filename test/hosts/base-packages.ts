/** Packages that the role base installs on a bare host, prefetched by every lab that applies it. */
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
