//! The structure through which compiled code reaches everything else. `docs/abi.md` lists it.

use vbc_runtime::host::NativePlace;

/// What an indirect call has to know of a function.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Entry {
    /// Its code, of the `tail` convention.
    pub(crate) code: *const u8,
    /// The number of its type.
    pub(crate) ty: u64,
}

impl Entry {
    /// The entry of a null reference: no function has such a type.
    pub(crate) const NULL: Entry = Entry {
        code: std::ptr::null(),
        ty: u64::MAX,
    };
}

/// The context of running code. Compiled code knows the offsets of its fields.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Context {
    /// The lowest address that frames may reach.
    pub(crate) stack_limit: usize,
    pub(crate) memory: *mut u8,
    pub(crate) memory_len: u64,
    /// Units of fuel at hand, where fuel or time is limited.
    pub(crate) fuel: u64,
    /// By function index.
    pub(crate) entries: *const Entry,
    pub(crate) tables: *const vbc_runtime::Table,
    /// By table: the entries of its elements, when it is one that never changes.
    pub(crate) constant_tables: *const *const Entry,
    pub(crate) globals: *mut u64,
    /// Where the entry trampoline continues when the program is stopped.
    pub(crate) resume: Resume,
    pub(crate) host: HostStack,
    pub(crate) natives: Natives,
    /// By [`Runtime`].
    pub(crate) runtime: [usize; Runtime::COUNT],
}

/// A place in an entry trampoline.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct Resume {
    pub(crate) pc: usize,
    pub(crate) sp: usize,
    pub(crate) fp: usize,
}

/// How an entry trampoline was left, as the number that it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Entered {
    /// The code has returned.
    Returned = 0,
    /// The program was stopped.
    Stopped = 1,
    /// The stack has no room for the trampoline's own frame. Nothing has run.
    NoRoom = 2,
}

impl Entered {
    /// What a trampoline means by a number.
    pub(crate) fn of(number: u32) -> Entered {
        match number {
            0 => Entered::Returned,
            2 => Entered::NoRoom,
            _ => Entered::Stopped,
        }
    }
}

/// The thread's own stack, on which the runtime and the host run while the program waits on its own.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct HostStack {
    /// Where it stands while code runs.
    pub(crate) sp: usize,
    /// The lowest place at which it may stand when a function of the host is called.
    pub(crate) limit: usize,
}

/// What code needs to call native functions by their addresses.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Natives {
    /// The one that is being called.
    pub(crate) place: NativePlace,
    /// Why the runtime is to make all calls; code tests both at once.
    pub(crate) hold: Hold,
    /// By imported function: its address in C; 0 for what is not to be called so.
    pub(crate) addresses: *const usize,
    /// The way to a C function, see [`native_thunk`](super::stack::native_thunk).
    pub(crate) thunk: usize,
    /// The thread's `errno`.
    pub(crate) errno: *mut i32,
}

/// Why code does not call C itself.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct Hold {
    /// Not 0 when there is output of the program that C must come after.
    pub(crate) output: u32,
    /// Not 0 when the thread's own stack is too short.
    pub(crate) room: u32,
}

macro_rules! runtime {
    ($($(#[$doc:meta])* $name:ident($($param:ident),*) $(-> $result:ident)?;)*) => {
        /// Functions of the runtime that compiled code calls, by the platform's convention. Each takes the
        /// context, then 64-bit numbers. `site` is a [`Site`], `fp` the caller's frame pointer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Runtime {
            $($(#[$doc])* $name,)*
        }

        impl Runtime {
            /// All, in the order of the context's table.
            pub(crate) const ALL: [Runtime; Runtime::COUNT] = [$(Runtime::$name),*];

            /// How many there are.
            pub(crate) const COUNT: usize = [$(stringify!($name)),*].len();

            /// The number of parameters after the context, and whether there is a result.
            pub(crate) const fn shape(self) -> (usize, bool) {
                match self {
                    $(Runtime::$name => {
                        let params: &[&str] = &[$(stringify!($param)),*];
                        let results: &[&str] = &[$(stringify!($result))?];
                        (params.len(), !results.is_empty())
                    })*
                }
            }
        }
    };
}

runtime! {
    /// Stops with a trap.
    Raise(trap, site, fp);
    /// Gets more fuel, or stops.
    Refuel(site, fp);
    /// Looks at the clock, and stops when time is up.
    Poll(site, fp);
    /// Calls a function of the host. The arguments lie at `args`, the results go to `results`.
    HostCall(function, args, results, fp);
    /// MEMORY_GROW.
    MemoryGrow(pages) -> before;
    /// MEMORY_COPY.
    MemoryCopy(to, from, count, paid, site, fp);
    /// MEMORY_FILL.
    MemoryFill(to, byte, count, paid, site, fp);
    /// MEMORY_INIT.
    MemoryInit(row, to, from, count, paid, site, fp);
    /// DATA_DROP.
    DataDrop(row);
    /// TABLE_GROW.
    TableGrow(table, element, count, paid, site, fp) -> before;
    /// TABLE_FILL.
    TableFill(table, to, element, count, paid, site, fp);
    /// TABLE_COPY. `tables` is the target, and 2^32 times the source.
    TableCopy(tables, to, from, count, paid, site, fp);
    /// TABLE_INIT. `names` is the table, and 2^32 times the segment.
    TableInit(names, to, from, count, paid, site, fp);
    /// ELEM_DROP.
    ElemDrop(segment);
    /// Calls a native function. The arguments lie at `args`, the results go to `results`.
    NativeCall(function, args, results, fp);
    /// Stops, as a function has told that a native one has called.
    NativeStop(site, fp);
    /// The pointer for a text in memory that a native function takes; all ones when no zero byte ends it.
    NativeText(address) -> pointer;
    /// The pointer by which a native function calls a function of the program. `param` is that function's import, and 2^32
    /// times the parameter. All ones when there is none.
    NativeCallback(param, function) -> pointer;
}

/// The most parameters of such a function, the context included. Of these, x86-64 passes six in registers, the others
/// all.
pub(crate) const MOST_PARAMS: usize = 8;

const _: () = {
    let mut n = 0;
    while n < Runtime::COUNT {
        assert!(Runtime::ALL[n].shape().0 < MOST_PARAMS);
        n += 1;
    }
};

/// A place in the program as a number: the compiled function, and in it the place by which
/// [`super::CodeMap`] finds the instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Site(pub(crate) u64);

impl Site {
    /// No instruction: the innermost frame has not begun, and the report begins with its caller.
    pub(crate) const CALLER: Site = Site(u64::MAX);

    #[cfg(feature = "jit")]
    pub(crate) fn new(function: u32, place: u32) -> Site {
        Site(u64::from(function) << 32 | u64::from(place))
    }

    /// The function, and the place in it.
    pub(crate) fn parts(self) -> (u32, u32) {
        ((self.0 >> 32) as u32, self.0 as u32)
    }
}
