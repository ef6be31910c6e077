#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# fetch-kernels.sh DIR VERSION...: unpacks Debian's cloud kernels (5.10, 6.1, 6.12 or 7.2) below DIR as VERSION/ and
# prints "VERSION VMLINUZ".  Needs no root and installs nothing: apt downloads with a source list, package lists
# and a cache of its own under DIR/apt, from the mirror that this Debian machine uses anyway.
# Exit: 0, 1 failure, 2 usage, 77 not a Debian machine.
set -eu
[ $# -ge 2 ] || { echo "usage: fetch-kernels.sh DIR VERSION..." >&2; exit 2; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
shift

suite_of() {
	case $1 in
	5.10) echo bullseye ;;
	6.1) echo bookworm ;;
	6.12) echo trixie ;;
	7.2) echo sid ;;
	*) echo "fetch-kernels.sh: no suite is known to carry kernel $1" >&2; exit 2 ;;
	esac
}

command -v apt-get >/dev/null || { echo "fetch-kernels.sh: needs apt" >&2; exit 77; }
# The machine may have several sources: that of its own release, and of the main archive rather than security.
codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
	awk -v release="$codename" '$1 == release && $2 !~ /security/ { print $2; exit }')
[ -n "$mirror" ] || { echo "fetch-kernels.sh: apt has no source for $codename" >&2; exit 77; }

fetch() { # VERSION
	suite=$(suite_of "$1")
	own=$dir/apt/$suite
	mkdir -p "$own/lists/partial" "$own/cache/archives/partial" "$own/debs"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$own/sources.list"
	# An empty status file: the kernel installed here must not count as a candidate.
	: >"$own/status"
	cat >"$own/apt.conf" <<-END
		Dir::Etc::sourcelist "$own/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::State::Lists "$own/lists";
		Dir::State::status "$own/status";
		Dir::Cache "$own/cache";
		APT::Sandbox::User "root";
	END
	APT_CONFIG=$own/apt.conf
	export APT_CONFIG
	apt-get -qq update >&2
	image=$(apt-cache show linux-image-cloud-amd64 | sed -n 's/^Depends:.*\(linux-image-[0-9][^ ,]*\).*/\1/p' | head -n 1)
	[ -n "$image" ] || { echo "fetch-kernels.sh: $suite has no cloud kernel" >&2; exit 1; }
	# Newer kernels are split: linux-image-* is empty and depends on linux-binary-*, which holds the vmlinuz.
	package=$(apt-cache show "$image" | sed -n 's/^Depends: //p' | head -n 1 | tr ', ' '\n\n' |
		grep -m 1 '^linux-binary-[0-9]' || echo "$image")
	(cd "$own/debs" && rm -f ./*.deb && apt-get -qq download "$package" >&2)
	rm -rf "${dir:?}/$1"
	mkdir -p "$dir/$1"
	dpkg -x "$own"/debs/*.deb "$dir/$1"
	vmlinuz=$(find "$dir/$1" -type f \( -name 'vmlinuz-*' -o -name vmlinuz \) | head -n 1)
	case ${vmlinuz##*/} in
	"") echo "fetch-kernels.sh: no vmlinuz in $package" >&2; exit 1 ;;
	esac
	# Modules are not needed: the disk driver and the file system of the guest are built in.
	find "$dir/$1" -name '*.ko*' -type f -delete
	echo "$1 $vmlinuz"
}

for version; do
	fetch "$version"
done
