"""The system calls that nothing in the sandbox may make, compiled to a seccomp program by libseccomp.

The namespaces already take away files, network and other processes; the filter takes away the ways back (new
namespaces, mounts, tracing), what namespaces do not cover (the kernel's keyrings, its clock, vsock), memory that no
limit counts (memfd, System V), and the parts of the kernel where holes are found most often (io_uring, bpf, perf).
The list joins those of Flatpak (common/flatpak-run.c) and Docker (profiles/seccomp/default.json), as deny rules.
libseccomp (LGPL-2.1, on every Debian because apt needs it) knows the numbers of each architecture.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterator

from company.errors import NotReady

_LIBRARY = "libseccomp.so.2"
_MEND = "install it with: sudo apt install libseccomp2"
_NOT_LET = "for the systemd unit: install systemd/sandbox.conf as its head says (docs/sandbox.md, 'When it is missing')"

_FORBIDDEN = {
    "other processes": "ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd",
    "new namespaces, mounts and roots": (
        "unshare setns mount umount umount2 pivot_root chroot move_mount open_tree fsopen fsconfig fsmount fspick "
        "mount_setattr name_to_handle_at open_by_handle_at"
    ),
    "the kernel's keyrings": "add_key keyctl request_key",
    "the machine's clock, name, modules, swap, accounting and log": (
        "settimeofday clock_settime clock_adjtime adjtimex stime sethostname setdomainname init_module finit_module "
        "delete_module create_module kexec_load kexec_file_load reboot swapon swapoff acct quotactl quotactl_fd syslog "
        "_sysctl nfsservctl lookup_dcookie uselib ustat sysfs vhangup"
    ),
    "hardware": "iopl ioperm modify_ldt vm86 vm86old pciconfig_read pciconfig_write pciconfig_iobase",
    "where the kernel is weakest": (
        "bpf perf_event_open userfaultfd fanotify_init move_pages migrate_pages mbind set_mempolicy get_mempolicy "
        "set_mempolicy_home_node"
    ),
    "memory that belongs to no process": "memfd_secret shmget shmat msgget semget",
}
"""Each purpose with its calls, answered with EPERM."""
_UNKNOWN = ("clone3", "memfd_create", "io_uring_setup", "io_uring_enter", "io_uring_register")
"""Answered as an old kernel would, so that libraries take their other way. Flags of clone3 lie behind a pointer, where
no filter sees them; those of clone are looked at below."""

_NEW_NAMESPACES = (0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000)
_TERMINAL_TRICKS = (0x5412, 0x541C)  # TIOCSTI types into somebody's terminal, TIOCLINUX pastes into it
_FAMILIES = (
    1,
    2,
    10,
)  # AF_UNIX, AF_INET, AF_INET6; among the others are vsock, which no namespace divides, and netlink
_LAST_FAMILY = 10
_SOL_SOCKET = 1
_BUFFER_SIZES = (7, 8, 32, 33)  # SO_SNDBUF, SO_RCVBUF and their forced forms: how much a socket may hold stays as it is
_PRETENDED = 0  # nothing is done, and the program is told that it was

_ALLOW = 0x7FFF_0000
_ERRNO = 0x0005_0000
_KILL = 0x8000_0000  # a call by the numbers of another architecture
_ACT_BADARCH, _EQ, _GT, _MASKED_EQ = 2, 4, 6, 7


class _Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp` of seccomp.h."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    )


def compile_filter() -> bytes:
    """The filter as a BPF program for this machine. Blocks for a few milliseconds. Raises `NotReady`."""
    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError as error:
        raise NotReady(f"{_LIBRARY} is missing, without which no system call can be forbidden; {_MEND}.") from error
    library.seccomp_init.restype = ctypes.c_void_p
    context = library.seccomp_init(ctypes.c_uint32(_ALLOW))
    if not context:
        raise NotReady(f"{_LIBRARY} could not start a filter; {_MEND}.")
    pointer = ctypes.c_void_p(context)
    try:
        _check(library.seccomp_attr_set(pointer, _ACT_BADARCH, ctypes.c_uint32(_KILL)))
        for name, answer, when in _rules():
            number = library.seccomp_syscall_resolve_name(name.encode())
            if number < 0:
                continue  # this architecture has no such call, or it came after this library
            array = (_Comparison * max(1, len(when)))(*when)
            _check(library.seccomp_rule_add_array(pointer, ctypes.c_uint32(_ERRNO | answer), number, len(when), array))
        return _exported(library, pointer)
    finally:
        library.seccomp_release(pointer)


def _rules() -> Iterator[tuple[str, int, tuple[_Comparison, ...]]]:
    """(system call, the error it is answered with, the arguments that all must fit)."""
    for name in " ".join(_FORBIDDEN.values()).split():
        yield name, errno.EPERM, ()
    for name in _UNKNOWN:
        yield name, errno.ENOSYS, ()
    for flag in _NEW_NAMESPACES:
        yield "clone", errno.EPERM, (_Comparison(0, _MASKED_EQ, flag, flag),)
    for request in _TERMINAL_TRICKS:
        yield "ioctl", errno.EPERM, (_Comparison(1, _MASKED_EQ, 0xFFFF_FFFF, request),)
    for option in _BUFFER_SIZES:
        whole = _Comparison(1, _MASKED_EQ, 0xFFFF_FFFF, _SOL_SOCKET), _Comparison(2, _MASKED_EQ, 0xFFFF_FFFF, option)
        yield "setsockopt", _PRETENDED, whole
    for name in ("socket", "socketpair"):
        for family in range(_LAST_FAMILY):
            if family not in _FAMILIES:
                yield name, errno.EAFNOSUPPORT, (_Comparison(0, _EQ, family, 0),)
        yield name, errno.EAFNOSUPPORT, (_Comparison(0, _GT, _LAST_FAMILY, 0),)


def _exported(library: ctypes.CDLL, pointer: ctypes.c_void_p) -> bytes:
    file = os.memfd_create("seccomp")
    try:
        _check(library.seccomp_export_bpf(pointer, file))
        return os.pread(file, os.fstat(file).st_size, 0)
    finally:
        os.close(file)


def _check(code: int) -> None:
    if code == -errno.EINVAL:  # the library asked the kernel what it can, and was not let
        raise NotReady(
            f"{_LIBRARY} can't make the filter: this process may not call seccomp, as in the hardened unit; {_NOT_LET}."
        )
    if code < 0:
        raise NotReady(f"{_LIBRARY} refused a rule of the filter ({os.strerror(-code)}); {_MEND}.")
