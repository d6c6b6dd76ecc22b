#!/usr/bin/env bash
# Installs what the tests need besides Rust, as far as it is missing: Debian's packages (as root, or with sudo), the
# WebAssembly engines of tests/wasm/fetch.sh, what the guides use (tests/guide/fetch.sh), and the large modules of
# tests/real/fetch.sh.
#   tests/setup.sh --list    prints what is missing and does nothing
set -euo pipefail
cd "$(dirname "$0")/.."

# A program or a file that must be there, and the Debian package that has it. The tests look up in this list whatever
# they ask for.
needed() {
    cat <<'END'
cc                                      gcc
make                                    make
c++                                     g++
/usr/lib/x86_64-linux-gnu/libz.so.1     zlib1g
/usr/lib/x86_64-linux-gnu/libsqlite3.so.0 libsqlite3-0
/usr/include/stdio.h                    libc6-dev
/usr/include/zlib.h                     zlib1g-dev
/usr/include/sqlite3.h                  libsqlite3-dev
ar                                      binutils
nm                                      binutils
readelf                                 binutils
objcopy                                 binutils
addr2line                               binutils
llvm-ar                                 llvm
clang                                   clang
clang++                                 clang
wasm-ld                                 lld
/usr/lib/wasm32-wasi/libc.a             wasi-libc
/usr/lib/wasm32-wasi/libc++.a           libc++-dev-wasm32
/usr/lib/wasm32-wasi/libc++abi.a        libc++-dev-wasm32
/usr/bin/rustc                          rustc
/usr/lib/rustlib/wasm32-wasi/lib/self-contained/crt1-command.o libstd-rust-dev-wasm32
sha256sum                               coreutils
timeout                                 coreutils
wc                                      coreutils
tar                                     tar
zstd                                    zstd
script                                  bsdutils
setpriv                                 util-linux
python3                                 python3
npm                                     npm
gdb                                     gdb
valgrind                                valgrind
qemu-aarch64                            qemu-user
qemu-riscv64                            qemu-user
aarch64-linux-gnu-gcc                   gcc-aarch64-linux-gnu
/usr/aarch64-linux-gnu/lib/libc.so      libc6-dev-arm64-cross
riscv64-linux-gnu-gcc                   gcc-riscv64-linux-gnu
/usr/riscv64-linux-gnu/lib/libc.so      libc6-dev-riscv64-cross
chromium                                chromium
chromedriver                            chromium-driver
END
}

packages=()
while read -r name package; do
    case $name in
        /*) [ -e "$name" ] && continue ;;
        *) command -v "$name" >/dev/null && continue ;;
    esac
    echo "missing: $name (package $package)"
    packages+=("$package")
done < <(needed)
# A file whose folder has the version of clang in its name.
if ! compgen -G "/usr/lib/llvm-*/lib/clang/*/lib/wasi/libclang_rt.builtins-wasm32.a" >/dev/null; then
    echo "missing: clang's routines for WebAssembly (package libclang-rt-dev-wasm32)"
    packages+=(libclang-rt-dev-wasm32)
fi
# The registry of Python packages is reached by pip.
if ! python3 -m pip --version >/dev/null 2>&1; then
    echo "missing: pip (package python3-pip)"
    packages+=(python3-pip)
fi

if [ "${1:-}" = --list ]; then
    tests/wasm/fetch.sh --list
    tests/guide/fetch.sh --list
    tests/real/fetch.sh --list
    exit
fi

if [ ${#packages[@]} -gt 0 ]; then
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    if ! command -v apt-get >/dev/null; then
        echo "this system has no apt-get: install the packages named above, under the names that they have here" >&2
        exit 1
    fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${packages[@]}"
fi
tests/wasm/fetch.sh
tests/guide/fetch.sh
tests/real/fetch.sh
echo "everything that the tests need is there"
