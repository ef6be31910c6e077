# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by try.sh and check.sh: installs what the build needs (as root, on Debian and its kin) and builds.
export LC_ALL=C

say() { printf '%s\n' "$*" >&2; }

# What is needed: how to recognise it (cmd: a program, pc: a pkg-config module), its name, the Debian package.
needed_to_build='
cmd gcc gcc
cmd make make
cmd autoreconf autoconf
cmd automake automake
cmd libtoolize libtool
cmd pkg-config pkgconf
hdr stdio.h libc6-dev
pc libtraceevent libtraceevent-dev
pc libtracefs libtracefs-dev
pc libzstd libzstd-dev
cmd gnuplot gnuplot-nox'
# What the build can do without: exact free lists.
optional_to_build='
pc libbpf libbpf-dev'
needed_to_check='
pc cmocka libcmocka-dev
cmd trace-cmd trace-cmd
cmd ctags-universal universal-ctags
cmd zstd zstd
cmd git git
cmd xz xz-utils
cmd xmllint libxml2-utils'
# The tests of another kernel are skipped without these.
needed_to_emulate='
cmd qemu-system-x86_64 qemu-system-x86
cmd busybox busybox-static
cmd cpio cpio
cmd mke2fs e2fsprogs'

have() { # KIND NAME
	case $1 in
	cmd) command -v "$2" >/dev/null 2>&1 ;;
	pc) pkg-config --exists "$2" 2>/dev/null ;;
	hdr) echo "#include <$2>" | ${CC:-gcc} -E - >/dev/null 2>&1 ;;
	esac
}

missing_packages() { # TABLE
	echo "$1" | while read -r kind name package; do
		[ -z "$kind" ] || have "$kind" "$name" || echo "$package"
	done | tr '\n' ' '
}

retry() { # COMMAND...: a mirror may be slow or briefly away
	for pause in 2 10 30; do
		"$@" && return 0
		sleep $pause
	done
	"$@"
}

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@" </dev/null
}

install_missing() { # TABLE: what is missing is installed, or the user is told what to install
	missing=$(missing_packages "$1")
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
		say "Missing; these are the names of the Debian packages:" "$missing"
		say "As root: apt-get install $missing"
		return 1
	fi
	say "Installing: $missing"
	log=$(mktemp) || return 1
	# shellcheck disable=SC2086
	if ! { retry apt update && retry apt install -y --no-install-recommends $missing; } >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		say "The packages could not be installed."
		return 1
	fi
	rm -f "$log"
	missing=$(missing_packages "$1")
	[ -z "$missing" ] || { say "Still missing after the installation: $missing"; return 1; }
}

install_optional() { # TABLE: the same where it is easy; nothing depends on it
	missing=$(missing_packages "$1")
	[ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 0
	say "Installing: $missing"
	# shellcheck disable=SC2086
	{ apt update && apt install -y --no-install-recommends $missing; } >/dev/null 2>&1 ||
		say "Could not be installed; the build goes on without."
}

jobs=$(nproc 2>/dev/null || echo 1)

# build DIR [CONFIGURE ARGUMENT]...: out of tree; the output is kept in DIR/build.log and shown if it fails.
build()
{
	build_dir=$1
	shift
	mkdir -p "$build_dir" || return 1
	say "Building in $build_dir"
	(
		set -e
		[ -x "$srcdir/configure" ] && [ ! "$srcdir/configure.ac" -nt "$srcdir/configure" ] || "$srcdir/autogen.sh"
		cd "$build_dir"
		[ -e config.status ] || "$srcdir/configure" -q "$@"
		make -s -j"$jobs" all
	) >"$build_dir/build.log" 2>&1 </dev/null && return 0
	tail -n 40 "$build_dir/build.log" >&2
	say "The build failed; all of its output is in $build_dir/build.log"
	return 1
}
