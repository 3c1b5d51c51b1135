//! The filter of system calls in a sandbox: what neither a build nor a function needs, and what
//! exploits of the kernel begin with.
//!
//! A program for the kernel's classic BPF machine, as bubblewrap takes it (`--seccomp`). See
//! <https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html>.

use libc::c_long;

/// Where `struct seccomp_data` has the number of the call, the architecture, and the lower half of
/// the first argument.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const FIRST_ARGUMENT: u32 = if cfg!(target_endian = "little") { 16 } else { 20 };

/// Load a word; jump if equal, if not less, if a bit is set; return.
const LOAD: u16 = 0x20;
const IF_EQUAL: u16 = 0x15;
const IF_NOT_LESS: u16 = 0x35;
const IF_BIT_SET: u16 = 0x45;
const RETURN: u16 = 0x06;

const ALLOW: u32 = 0x7fff_0000;
const FAIL: u32 = 0x0005_0000;
const NOT_PERMITTED: u32 = FAIL | libc::EPERM as u32;
const NO_SUCH_CALL: u32 = FAIL | libc::ENOSYS as u32;
const NO_SUCH_FAMILY: u32 = FAIL | libc::EAFNOSUPPORT as u32;

/// What sockets are for. Others belong to no network namespace, as those of virtual machines
/// (`AF_VSOCK`), which lead to the host of this one and to its own services, or are rarely needed
/// parts of the kernel.
const FAMILIES: [libc::c_int; 4] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];

/// The second numbering of x86-64's system calls.
const X32: u32 = 0x4000_0000;

/// `CLONE_NEW…`: all kinds of namespaces.
const NEW_NAMESPACES: u32 = 0x7e02_0080;

/// In `clone`, the lowest byte is a signal.
const SIGNAL: u32 = 0xff;

/// The `AUDIT_ARCH_…` of this program, or `None` for an architecture that the filter does not know.
const OWN_ARCHITECTURE: Option<u32> = if cfg!(target_arch = "x86_64") {
    Some(0xc000_003e)
} else if cfg!(target_arch = "aarch64") {
    Some(0xc000_00b7)
} else {
    None
};

const DENIED: &[c_long] = &[
    // The kernel's keyrings are not kept apart by namespaces.
    libc::SYS_add_key,
    libc::SYS_keyctl,
    libc::SYS_request_key,
    // Other processes' memory and descriptors.
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    // File systems.
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_fspick,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_pivot_root,
    libc::SYS_quotactl,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_umount2,
    libc::SYS_setns,
    // The machine.
    libc::SYS_acct,
    libc::SYS_clock_settime,
    libc::SYS_delete_module,
    libc::SYS_finit_module,
    libc::SYS_init_module,
    libc::SYS_kexec_file_load,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_settimeofday,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    // Large and often attacked parts of the kernel.
    libc::SYS_bpf,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
];

/// Calls whose first argument is a process, and that change it. Signals and priorities do not stop the
/// process that starts the steps of a build, but limits and processors would be those of later steps.
const ON_A_PROCESS: [c_long; 5] = [
    libc::SYS_prlimit64,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setattr,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setscheduler,
];

/// The process that starts all others of a sandbox.
const STARTER: u32 = 1;

/// The filter, as the kernel takes it; empty on an architecture that it does not know.
pub(crate) fn filter() -> Vec<u8> {
    OWN_ARCHITECTURE.map(program).unwrap_or_default().iter().flat_map(Step::bytes).collect()
}

fn program(architecture: u32) -> Vec<Step> {
    let mut steps = vec![
        Step::load(ARCHITECTURE),
        Step::jump(IF_EQUAL, architecture, 1, 0),
        // 32-bit programs have other numbers for what is denied below.
        Step::end(NO_SUCH_CALL),
        Step::load(NUMBER),
    ];
    if cfg!(target_arch = "x86_64") {
        steps.push(Step::jump(IF_NOT_LESS, X32, 0, 1));
        steps.push(Step::end(NO_SUCH_CALL));
    }
    for call in DENIED {
        steps.extend([Step::jump(IF_EQUAL, number(*call), 0, 1), Step::end(NOT_PERMITTED)]);
    }
    // Its flags are in memory, out of reach; the C library goes back to `clone`.
    steps.extend([Step::jump(IF_EQUAL, number(libc::SYS_clone3), 0, 1), Step::end(NO_SUCH_CALL)]);
    for (call, flags) in
        [(libc::SYS_clone, NEW_NAMESPACES & !SIGNAL), (libc::SYS_unshare, NEW_NAMESPACES)]
    {
        steps.extend(denied_if(call, IF_BIT_SET, flags));
    }
    for call in ON_A_PROCESS {
        steps.extend(denied_if(call, IF_EQUAL, STARTER));
    }
    for call in [libc::SYS_socket, libc::SYS_socketpair] {
        let length = u8::try_from(FAMILIES.len() * 2 + 2).unwrap_or(u8::MAX);
        steps.extend([Step::jump(IF_EQUAL, number(call), 0, length), Step::load(FIRST_ARGUMENT)]);
        for family in FAMILIES {
            steps.extend([Step::jump(IF_EQUAL, family.cast_unsigned(), 0, 1), Step::end(ALLOW)]);
        }
        steps.push(Step::end(NO_SUCH_FAMILY));
    }
    steps.push(Step::end(ALLOW));
    steps
}

/// Denies a call if its first argument passes a test, and allows it otherwise.
fn denied_if(call: c_long, test: u16, operand: u32) -> [Step; 5] {
    [
        Step::jump(IF_EQUAL, number(call), 0, 4),
        Step::load(FIRST_ARGUMENT),
        Step::jump(test, operand, 0, 1),
        Step::end(NOT_PERMITTED),
        Step::end(ALLOW),
    ]
}

/// The numbers of system calls are small.
fn number(call: c_long) -> u32 {
    u32::try_from(call).unwrap_or(u32::MAX)
}

/// `struct sock_filter`.
#[derive(Clone, Copy, Debug)]
struct Step {
    code: u16,
    /// How many steps to pass over.
    if_true: u8,
    if_false: u8,
    operand: u32,
}

impl Step {
    fn load(offset: u32) -> Self {
        Self { code: LOAD, if_true: 0, if_false: 0, operand: offset }
    }

    fn jump(code: u16, operand: u32, if_true: u8, if_false: u8) -> Self {
        Self { code, if_true, if_false, operand }
    }

    fn end(verdict: u32) -> Self {
        Self { code: RETURN, if_true: 0, if_false: 0, operand: verdict }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.code.to_ne_bytes().to_vec();
        bytes.extend([self.if_true, self.if_false]);
        bytes.extend(self.operand.to_ne_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the kernel would answer.
    fn run(architecture: u32, call: u32, argument: u32) -> u32 {
        let steps = program(0xc000_003e);
        let (mut at, mut word) = (0, 0);
        loop {
            let step = steps[at];
            at += 1;
            let is_so = match step.code {
                LOAD => {
                    word = match step.operand {
                        NUMBER => call,
                        ARCHITECTURE => architecture,
                        _ => argument,
                    };
                    continue;
                }
                RETURN => return step.operand,
                IF_EQUAL => word == step.operand,
                IF_NOT_LESS => word >= step.operand,
                _ => word & step.operand != 0,
            };
            at += usize::from(if is_so { step.if_true } else { step.if_false });
        }
    }

    #[test]
    fn what_is_not_listed_is_allowed_and_nothing_else() {
        let own = 0xc000_003e;
        let ask = |call: c_long, argument| run(own, number(call), argument);
        for call in [libc::SYS_read, libc::SYS_execve, libc::SYS_bind, libc::SYS_futex] {
            assert_eq!(ask(call, 0), ALLOW);
        }
        for call in DENIED {
            assert_eq!(ask(*call, 0), NOT_PERMITTED, "{call}");
        }
        assert_eq!(ask(libc::SYS_clone3, 0), NO_SUCH_CALL);
        let as_fork = libc::SIGCHLD as u32;
        assert_eq!(ask(libc::SYS_clone, as_fork), ALLOW);
        assert_eq!(ask(libc::SYS_clone, as_fork | libc::CLONE_NEWUSER as u32), NOT_PERMITTED);
        assert_eq!(ask(libc::SYS_unshare, libc::CLONE_NEWNET as u32), NOT_PERMITTED);
        assert_eq!(ask(libc::SYS_unshare, libc::CLONE_FILES as u32), ALLOW);
        for call in ON_A_PROCESS {
            assert_eq!(ask(call, STARTER), NOT_PERMITTED, "{call}");
            assert_eq!(ask(call, 0), ALLOW, "{call}: the caller itself");
            assert_eq!(ask(call, 7), ALLOW, "{call}: a child");
        }
        for call in [libc::SYS_socket, libc::SYS_socketpair] {
            for family in FAMILIES {
                assert_eq!(ask(call, family as u32), ALLOW, "{family}");
            }
            for family in [libc::AF_VSOCK, libc::AF_PACKET, libc::AF_ALG, libc::AF_BLUETOOTH] {
                assert_eq!(ask(call, family as u32), NO_SUCH_FAMILY, "{family}");
            }
        }
        assert_eq!(ask(libc::SYS_connect, libc::AF_VSOCK as u32), ALLOW);
        assert_eq!(run(0x4000_0003, number(libc::SYS_read), 0), NO_SUCH_CALL);
        if cfg!(target_arch = "x86_64") {
            assert_eq!(run(own, X32 | number(libc::SYS_ptrace), 0), NO_SUCH_CALL);
        }
    }
}
