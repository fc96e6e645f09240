"""The attempts to escape, each a function that stands alone: this file is put into the sandbox and run there.

`python3 attempts.py NAME`, with what the attempt is after as JSON on standard input. A function returns what it got
hold of, or raises. The last line is `ESCAPED: ...` or `HELD: ...`: an attempt that only broke says neither.
"""

# This speaks to the system as directly as it can:
# ruff: noqa: PTH101, PTH102, PTH115, PTH116, PTH123, PTH207, PTH208, PTH211

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import glob
import json
import mmap
import os
import resource
import signal
import socket
import stat
import struct
import subprocess
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {
        "ptrace": 101, "add_key": 248, "keyctl": 250, "init_module": 175, "bpf": 321, "io_uring_setup": 425,
        "perf_event_open": 298, "userfaultfd": 323, "process_vm_readv": 310, "clone3": 435, "open_by_handle_at": 304,
        "pivot_root": 155, "memfd_create": 319, "shmget": 29, "clone": 56,
    },
    "aarch64": {
        "ptrace": 117, "add_key": 217, "keyctl": 219, "init_module": 105, "bpf": 280, "io_uring_setup": 425,
        "perf_event_open": 241, "userfaultfd": 282, "process_vm_readv": 270, "clone3": 435, "open_by_handle_at": 265,
        "pivot_root": 41, "memfd_create": 279, "shmget": 194, "clone": 220,
    },
}  # fmt: skip
"""System call numbers, from the kernel's unistd.h of each architecture; the C library has no names for most."""


def called(result: int, name: str) -> str:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return f"{name} gave {result}"


def system_call(name: str, *arguments: object) -> str:
    return called(LIBC.syscall(NUMBERS[os.uname().machine][name], *arguments), name)


def text_of(path: str) -> str:
    with open(path, "rb") as file:
        return file.read(10_000).decode(errors="replace")


# -- files ------------------------------------------------------------------------------------------------------------


def read_a_file_of_the_machine(facts: dict) -> str:
    return text_of(facts["secret_file"])


def read_the_password_file(_: dict) -> str:
    return text_of("/etc/shadow")


def list_home_folders(_: dict) -> list[str]:
    return os.listdir("/root") + os.listdir("/home")


def read_the_machines_settings(_: dict) -> str:
    return text_of("/etc/hostname") + text_of("/etc/machine-id")


def climb_out_by_dots(facts: dict) -> str:
    return text_of("../" * 40 + facts["secret_file"].lstrip("/"))


def follow_a_symlink_out(facts: dict) -> str:
    os.symlink(facts["secret_file"], "link")
    return text_of("link")


def make_a_hard_link(facts: dict) -> str:
    os.link(facts["secret_file"], "link")
    return text_of("link")


def go_through_the_root_of_process_one(facts: dict) -> str:
    return text_of("/proc/1/root" + facts["secret_file"])


def go_through_the_folder_of_process_one(facts: dict) -> str:
    return text_of("/proc/1/cwd/" + "../" * 20 + facts["secret_file"].lstrip("/"))


def open_by_handle(_: dict) -> str:
    """The inode of the disk's root, by its usual number: the way out of containers known as Shocker."""
    handle = struct.pack("=IiQ", 8, 1, 2)
    folder = os.open("/usr", os.O_RDONLY)
    return system_call("open_by_handle_at", folder, handle, os.O_RDONLY)


def write_a_file_of_the_machine(facts: dict) -> str:
    with open(facts["marker"], "w") as file:
        file.write("was here")
    return "written"


def write_into_the_system(_: dict) -> str:
    with open("/usr/bin/nexus-was-here", "w") as file:
        file.write("was here")
    return "written"


def change_a_program(_: dict) -> str:
    os.chmod("/usr/bin/env", 0o777)
    return "changed"


def write_into_the_root(_: dict) -> str:
    os.mkdir("/was-here")
    return "made"


# -- network ----------------------------------------------------------------------------------------------------------


def connect_to_loopback(facts: dict) -> str:
    with socket.create_connection(("127.0.0.1", facts["port"]), timeout=2) as connection:
        return f"connected to {connection.getpeername()}"


def connect_to_loopback_6(facts: dict) -> str:
    with socket.create_connection(("::1", facts["port_6"]), timeout=2) as connection:
        return f"connected to {connection.getpeername()}"


def send_beyond_the_machine(_: dict) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        return f"sent {out.sendto(b'was here', ('192.0.2.1', 53))} bytes"


def ask_for_a_name(_: dict) -> str:
    return str(socket.getaddrinfo("nexus-probe.example.com", 80))


def find_an_interface(_: dict) -> list[str]:
    lines = text_of("/proc/net/dev").splitlines()[2:]
    others = [line for line in lines if line.split(":")[0].strip() != "lo"]
    if not others:
        raise OSError(errno.ENODEV, "only lo")
    return others


def connect_to_an_abstract_socket(facts: dict) -> str:
    with socket.socket(socket.AF_UNIX) as out:
        out.connect("\0" + facts["abstract"])
        return "connected"


def connect_to_a_socket_file(facts: dict) -> str:
    with socket.socket(socket.AF_UNIX) as out:
        out.connect(facts["socket"])
        return "connected"


def talk_to_the_hypervisor(_: dict) -> str:
    with socket.socket(40, socket.SOCK_STREAM):  # AF_VSOCK, which no network namespace divides
        return "a vsock"


def listen_to_the_wire(_: dict) -> str:
    with socket.socket(17, socket.SOCK_RAW):  # AF_PACKET
        return "a packet socket"


def talk_to_the_kernels_network(_: dict) -> str:
    with socket.socket(16, socket.SOCK_RAW):  # AF_NETLINK
        return "a netlink socket"


# -- other processes --------------------------------------------------------------------------------------------------


def read_the_environment_of_others(facts: dict) -> str:
    found = [path for path in glob.glob("/proc/[0-9]*/environ") if facts["secret"] in readable(path)]
    if not found:
        raise OSError(errno.ENOENT, "nobody's environment holds it")
    return str(found)


def readable(path: str) -> str:
    with contextlib.suppress(OSError):
        return text_of(path)
    return ""


def find_a_secret_in_the_environment(facts: dict) -> str:
    return next(name for name, value in os.environ.items() if facts["secret"] in value)


def read_command_lines(facts: dict) -> str:
    return next(path for path in glob.glob("/proc/[0-9]*/cmdline") if facts["folder"] in readable(path))


def use_an_inherited_file(_: dict) -> str:
    """Anything beyond the three standard streams."""
    for descriptor in range(3, 1000):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        return f"descriptor {descriptor}: {os.readlink(f'/proc/self/fd/{descriptor}')}"
    raise OSError(errno.EBADF, "none is open")


def use_a_file_of_process_one(_: dict) -> list[str]:
    held = []
    for name in os.listdir("/proc/1/fd"):
        if int(name) > 2:
            with contextlib.suppress(OSError), open(f"/proc/1/fd/{name}", "rb"):
                held.append(name)
    if not held:
        raise OSError(errno.ENOENT, "it has none that opens")
    return held


def signal_the_parent(facts: dict) -> str:
    os.kill(facts["parent"], signal.SIGURG)  # which is ignored unless asked for
    return "sent"


def kill_process_one(_: dict) -> str:
    os.kill(1, signal.SIGKILL)
    time.sleep(0.2)  # were it to die, so would this
    raise OSError(errno.EPERM, "process 1 lives on")


def trace_the_parent(facts: dict) -> str:
    return system_call("ptrace", 0x4206, facts["parent"], 0, 0)  # PTRACE_SEIZE


def trace_process_one(_: dict) -> str:
    return system_call("ptrace", 0x4206, 1, 0, 0)


def read_the_memory_of_process_one(_: dict) -> str:
    place = (ctypes.c_uint64 * 2)(0x400000, 8)
    return system_call("process_vm_readv", 1, place, 1, place, 1, 0)


def write_the_memory_of_process_one(_: dict) -> str:
    """Code put there would run without the filter, if process 1 had none."""
    if "Seccomp:\t2" not in text_of("/proc/1/status"):
        return "process 1 is not filtered"
    raise OSError(errno.EPERM, "process 1 is filtered as this one is")


# -- privilege --------------------------------------------------------------------------------------------------------


def become_root(_: dict) -> str:
    os.setuid(0)
    return f"uid {os.getuid()}"


def keep_a_capability(_: dict) -> str:
    status = text_of("/proc/self/status")
    lines = [line for line in status.splitlines() if line.startswith(("CapInh", "CapPrm", "CapEff", "CapAmb"))]
    held = [line for line in lines if int(line.split()[1], 16)]
    if not held and "NoNewPrivs:\t1" in status:
        raise OSError(errno.EPERM, "no capability, and no way to gain one")
    return str(held)


def use_a_program_of_root(_: dict) -> str:
    for path in ("/usr/bin/su", "/usr/bin/mount", "/usr/bin/passwd", "/bin/su"):
        with contextlib.suppress(FileNotFoundError):
            if os.stat(path).st_mode & stat.S_ISUID and not os.statvfs(path).f_flag & os.ST_NOSUID:
                return path
    raise OSError(errno.EPERM, "none is there, or its bit does not count")


def make_a_program_of_root(_: dict) -> str:
    with open("/usr/bin/env", "rb") as source, open("mine", "wb") as mine:
        mine.write(source.read())
    os.chown("mine", 0, 0)
    os.chmod("mine", 0o4755)
    return "made"


def make_a_namespace(_: dict) -> str:
    return called(LIBC.unshare(0x1000_0000), "unshare")  # CLONE_NEWUSER


def make_a_namespace_by_clone(_: dict) -> str:
    return system_call("clone", 0x1000_0000 | signal.SIGCHLD, 0, 0, 0, 0)


def make_a_namespace_by_clone3(_: dict) -> str:
    arguments = (ctypes.c_uint64 * 11)(0x1000_0000, 0, 0, 0, signal.SIGCHLD)
    return system_call("clone3", arguments, ctypes.sizeof(arguments))


def make_a_namespace_by_a_program(_: dict) -> str:
    ran = subprocess.run(["unshare", "--user", "--map-root-user", "id"], capture_output=True, text=True)
    if ran.returncode:
        raise OSError(errno.EPERM, ran.stderr)
    return ran.stdout


def join_a_namespace(_: dict) -> str:
    with open("/proc/1/ns/mnt") as namespace:
        return called(LIBC.setns(namespace.fileno(), 0), "setns")


def mount_a_filesystem(_: dict) -> str:
    return called(LIBC.mount(b"none", b"/tmp", b"tmpfs", 0, None), "mount")


def mount_the_disk(_: dict) -> str:
    return called(LIBC.mount(b"/dev/vda", b"/tmp", b"ext4", 1, None), "mount")


def make_the_system_writable(_: dict) -> str:
    return called(LIBC.mount(b"none", b"/usr", None, 32 | 4096, None), "mount")  # MS_REMOUNT | MS_BIND


def unmount_the_system(_: dict) -> str:
    return called(LIBC.umount2(b"/usr", 2), "umount2")


def change_the_root(_: dict) -> str:
    return called(LIBC.chroot(b"/tmp"), "chroot")


def pivot_the_root(_: dict) -> str:
    return system_call("pivot_root", b"/tmp", b"/tmp")


def make_a_device(_: dict) -> str:
    os.mknod("disk", 0o600 | stat.S_IFBLK, os.makedev(254, 0))
    return "made"


def find_a_device(_: dict) -> list[str]:
    known = {"null", "zero", "full", "random", "urandom", "tty", "console", "ptmx"}
    found = []
    for folder, _folders, names in os.walk("/dev"):
        for name in names:
            mode = os.lstat(f"{folder}/{name}").st_mode
            if (stat.S_ISBLK(mode) or stat.S_ISCHR(mode)) and name not in known:
                found.append(f"{folder}/{name}")
    if not found:
        raise OSError(errno.ENODEV, "only the harmless ones")
    return found


# -- the kernel -------------------------------------------------------------------------------------------------------


def type_into_a_terminal(_: dict) -> str:
    mine, _theirs = os.openpty()
    fcntl.ioctl(mine, 0x5412, b"x")  # TIOCSTI
    return "typed"


def read_a_terminal(_: dict) -> str:
    with open("/dev/tty") as terminal:
        return str(terminal)


def put_a_key_into_the_keyring(_: dict) -> str:
    return system_call("add_key", b"user", b"nexus", b"was here", 8, -4)  # the keyring of the user


def read_the_keyring(_: dict) -> str:
    return system_call("keyctl", 0, -3, 0)  # KEYCTL_GET_KEYRING_ID of the session


def set_the_clock(_: dict) -> str:
    time.clock_settime(time.CLOCK_REALTIME, time.time())
    return "set"


def name_the_machine(_: dict) -> str:
    socket.sethostname("was-here")
    return "named"


def change_a_setting_of_the_kernel(_: dict) -> str:
    with open("/proc/sys/kernel/core_pattern", "w") as file:
        file.write("|/tmp/work/was-here")
    return "written"


def load_a_module(_: dict) -> str:
    return system_call("init_module", b"", 0, b"")


def load_a_program_into_the_kernel(_: dict) -> str:
    return system_call("bpf", 5, 0, 0)


def use_io_uring(_: dict) -> str:
    return system_call("io_uring_setup", 1, (ctypes.c_uint32 * 30)())


def watch_the_kernel(_: dict) -> str:
    return system_call("perf_event_open", (ctypes.c_uint8 * 112)(), 0, -1, -1, 0)


def catch_page_faults(_: dict) -> str:
    return system_call("userfaultfd", 1)


def read_the_kernels_log(_: dict) -> str:
    return called(LIBC.klogctl(3, ctypes.create_string_buffer(10), 10), "syslog")


def call_by_another_architectures_numbers(_: dict) -> str:
    """The filter knows the numbers of one architecture; those of 32 bits would pass it, were they let in at all."""
    if os.uname().machine != "x86_64":
        raise OSError(errno.ENOSYS, "only x86-64 has such a door")
    for name, code in (
        ("int 0x80", b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"),  # mov eax, 20 (getpid); int 0x80; ret
        ("x32", b"\xb8\x27\x00\x00\x40\x0f\x05\xc3"),  # mov eax, 0x40000027 (getpid of x32); syscall; ret
    ):
        child = os.fork()
        if child == 0:
            memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
            memory.write(code)
            place = ctypes.addressof(ctypes.c_char.from_buffer(memory))
            os._exit(0 if ctypes.CFUNCTYPE(ctypes.c_int)(place)() > 0 else 1)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
            return name
    raise OSError(errno.ENOSYS, "killed, or answered that there is no such call")


def pair_sockets_of_another_family(_: dict) -> str:
    one, _two = socket.socketpair(30, socket.SOCK_STREAM)  # AF_TIPC
    return str(one)


def raise_a_limit(_: dict) -> str:
    resource.setrlimit(resource.RLIMIT_NPROC, (100_000, 100_000))
    return "raised"


def hide_memory_in_a_file_of_none(_: dict) -> str:
    return system_call("memfd_create", b"hidden", 0)


def hide_memory_between_processes(_: dict) -> str:
    return system_call("shmget", 0, 4096, 0o1600)


def main() -> None:
    facts = json.load(sys.stdin)
    try:
        got = globals()[sys.argv[1]](facts)
    except (OSError, ValueError, StopIteration) as error:
        print(f"HELD: {type(error).__name__} {error}")
    else:
        print(f"ESCAPED: {got}")


if __name__ == "__main__":
    main()
