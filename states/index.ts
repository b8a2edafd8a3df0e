import { cmdRun } from './cmd/run.ts'
import { debconfSet } from './debconf/set.ts'
import type { State } from './define.ts'
import { fileAbsent } from './file/absent.ts'
import { fileBlockreplace } from './file/blockreplace.ts'
import { fileDirectory } from './file/directory.ts'
import { fileDownloaded } from './file/downloaded.ts'
import { fileManaged } from './file/managed.ts'
import { fileSymlink } from './file/symlink.ts'
import { gitMirror } from './git/mirror.ts'
import { groupAbsent } from './group/absent.ts'
import { groupMembers } from './group/members.ts'
import { groupPresent } from './group/present.ts'
import { mountMounted } from './mount/mounted.ts'
import { mysqlDatabasePresent } from './mysql_database/present.ts'
import { mysqlGrantsPresent } from './mysql_grants/present.ts'
import { mysqlReplicaConfigured } from './mysql_replica/configured.ts'
import { mysqlUserPresent } from './mysql_user/present.ts'
import { nftablesAbsent } from './nftables/absent.ts'
import { nftablesSet } from './nftables/set.ts'
import { nftablesTable } from './nftables/table.ts'
import { pkgInstalled } from './pkg/installed.ts'
import { pkgRemoved } from './pkg/removed.ts'
import { serviceDead } from './service/dead.ts'
import { serviceRunning } from './service/running.ts'
import { sshAuthAbsent } from './ssh_auth/absent.ts'
import { sshAuthExclusive } from './ssh_auth/exclusive.ts'
import { sshAuthPresent } from './ssh_auth/present.ts'
import { sysctlPresent } from './sysctl/present.ts'
import { systemdUnit } from './systemd/unit.ts'
import { timerAbsent } from './timer/absent.ts'
import { timerPresent } from './timer/present.ts'
import { tlsCertificate } from './tls/certificate.ts'
import { userAbsent } from './user/absent.ts'
import { userPresent } from './user/present.ts'
import { valueRead } from './value/read.ts'
import { virtAbsent } from './virt/absent.ts'
import { virtDomain } from './virt/domain.ts'
import { virtMoved } from './virt/moved.ts'
import { virtVolume } from './virt/volume.ts'
import { wireguardAbsent } from './wireguard/absent.ts'
import { wireguardInterface } from './wireguard/interface.ts'
import { wireguardKey } from './wireguard/key.ts'

/** All bundled state types; list a new one here to register it. */
export const STATES: readonly State[] = [
  cmdRun,
  debconfSet,
  fileAbsent,
  fileBlockreplace,
  fileDirectory,
  fileDownloaded,
  fileManaged,
  fileSymlink,
  gitMirror,
  groupAbsent,
  groupMembers,
  groupPresent,
  mountMounted,
  mysqlDatabasePresent,
  mysqlGrantsPresent,
  mysqlReplicaConfigured,
  mysqlUserPresent,
  nftablesAbsent,
  nftablesSet,
  nftablesTable,
  pkgInstalled,
  pkgRemoved,
  serviceDead,
  serviceRunning,
  sshAuthAbsent,
  sshAuthExclusive,
  sshAuthPresent,
  sysctlPresent,
  systemdUnit,
  timerAbsent,
  timerPresent,
  tlsCertificate,
  userAbsent,
  userPresent,
  valueRead,
  virtAbsent,
  virtDomain,
  virtMoved,
  virtVolume,
  wireguardAbsent,
  wireguardInterface,
  wireguardKey,
]
