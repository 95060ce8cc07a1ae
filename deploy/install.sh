#!/bin/sh
# Installs this release without any network: checks every file against SHA256SUMS, makes an environment
# from the wheels beside it, and points `current` at it last. Running it again is safe; what runs goes on
# with the old release until it is restarted.
#
#   sudo ./install.sh                      users, /opt/palang, systemd units
#   ./install.sh --prefix DIR --no-system  only the program, into DIR, as a plain user
set -eu

usage() {
    sed -n '2,8s/^# \{0,1\}//p' "$0"
    exit "$1"
}

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

prefix=/opt/palang
system=yes
python=${PYTHON:-python3}
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) prefix=${2:?"--prefix needs a folder"}; shift ;;
        --no-system) system=no ;;
        --help | -h) usage 0 ;;
        *) echo "install.sh: unknown option $1" >&2; usage 2 ;;
    esac
    shift
done

here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
[ "$system" = no ] || [ "$(id -u)" = 0 ] || fail "run it as root, or with --prefix DIR --no-system"
sha256sum --quiet --strict -c SHA256SUMS || fail "a file differs from SHA256SUMS: fetch the release again"

version=$(cat VERSION)
wanted=$(cat PYTHON)
found=$("$python" -c 'import sys; print("{}.{}".format(*sys.version_info))') || fail "$python does not run"
[ "$found" = "$wanted" ] || fail "this release is for Python $wanted and $python is $found: set PYTHON=python$wanted"

target=$prefix/$version
if [ -e "$target/.complete" ]; then
    echo "$target is there already, whole"
else
    # a crash leaves a folder without .complete, and the next run begins it anew
    rm -rf "$target"
    mkdir -p "$target"
    cp -R docs systemd palang_verify.py README.md CHANGELOG.md LICENSE SECURITY.md VERSION "$target"
    "$python" tools/make_env.py "$target/.venv" requirements.txt --wheels wheels
    "$target/.venv/bin/palang" --version >/dev/null || fail "the installed palang does not start"
    touch "$target/.complete"
fi
# the last step: one rename, so that `current` is always a whole release
ln -sfn "$version" "$prefix/.current.new"
mv -T "$prefix/.current.new" "$prefix/current"
echo "installed: $prefix/current -> $version"

[ "$system" = yes ] || exit 0
add_user() {
    getent passwd "$1" >/dev/null || useradd --system --home-dir "/var/lib/$1" --shell /usr/sbin/nologin "$1"
}
add_user palang
add_user palang-web
install -d -m 0750 -o root -g palang /etc/palang
install -d -m 0700 -o palang -g palang /var/lib/palang /var/backups/palang
install -d -m 0700 -o palang-web -g palang-web /var/lib/palang-web
ln -sfn "$prefix/current/.venv/bin/palang" /usr/local/bin/palang
install -m 0644 systemd/* /etc/systemd/system/
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
echo "next: $prefix/current/docs/install.md, from \"First start\" on"
