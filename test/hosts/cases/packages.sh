#!/bin/sh
# Makes the packages of the cases in /root/repo and lets apt find them there.
set -eu
mkdir -p /root/repo
cd /root/repo
make_deb() { # name version architecture fields postinst
  rm -rf tree
  mkdir -p tree/DEBIAN
  printf 'Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: cases <cases@localhost>\nDescription: a package of the tests\n%b' "$1" "$2" "$3" "${4-}" > tree/DEBIAN/control
  if [ -n "${5-}" ]; then
    printf '#!/bin/sh\n%s\n' "$5" > tree/DEBIAN/postinst
    chmod 0755 tree/DEBIAN/postinst
  fi
  dpkg-deb --build tree "$1_$2.deb" > /dev/null
}
make_deb hh-test 1.0 all
make_deb hh-test 2.0 all
make_deb hh-busy 1.0 all
make_deb hh-arch 1.0 amd64
make_deb hh-one 1.0 all 'Provides: hh-virtual\n'
make_deb hh-two 1.0 all 'Provides: hh-virtual\n'
make_deb hh-sole 1.0 all 'Provides: hh-single\n'
make_deb broken-test 1.0 all '' 'echo "cannot reach license server"; exit 1'
for deb in *.deb; do
  dpkg-deb --field "$deb"
  printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d' ' -f1)"
done > Packages
rm -rf tree
echo 'deb [trusted=yes] file:/root/repo ./' > /etc/apt/sources.list.d/cases.list
apt-get update -o Dir::Etc::sourcelist=sources.list.d/cases.list -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0
