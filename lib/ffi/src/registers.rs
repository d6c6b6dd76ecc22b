//! Calls of functions whose arguments lie in registers, on x86-64. libffi looks at each argument's type at each call; for
//! these functions that is known once and for all.

use vbc_core::module::native::{CParam, CType, Prototype, Scalar};

/// Registers for parameters, of integers and of floats (System V ABI, section 3.2.3).
const GENERAL: usize = 6;
const FLOATS: usize = 8;

/// Where each argument goes.
pub(crate) struct Registers {
    is_float: Box<[bool]>,
    /// Whether any does.
    has_floats: bool,
    returns_float: bool,
}

impl Registers {
    /// None where it is not for this: structs, what the program's memory or functions are passed for, integers of less
    /// than 32 bits, which have to be extended, and arguments on the stack.
    pub(crate) fn of(prototype: &Prototype) -> Option<Registers> {
        let is_float = |scalar| matches!(scalar, Scalar::F32 | Scalar::F64);
        let params = prototype.params.iter();
        let is_float_param = params.map(|param| match param {
            CParam::Value(CType::Scalar(
                Scalar::I8 | Scalar::U8 | Scalar::I16 | Scalar::U16 | Scalar::Bool,
            ))
            | CParam::Value(CType::Struct(_))
            | CParam::Buffer(_)
            | CParam::Text
            | CParam::Callback(_) => None,
            CParam::Value(CType::Scalar(scalar)) => Some(is_float(*scalar)),
        });
        let all = is_float_param.collect::<Option<Box<[bool]>>>()?;
        let floats = all.iter().filter(|&&is_float| is_float).count();
        let returns_float = match prototype.result {
            Some(CType::Struct(_)) => return None,
            Some(CType::Scalar(scalar)) => is_float(scalar),
            None => false,
        };
        let fits = floats <= FLOATS && all.len() - floats <= GENERAL;
        fits.then_some(Registers {
            is_float: all,
            has_floats: floats > 0,
            returns_float,
        })
    }

    /// Calls the function at `address`. Returns what is in the register for its result.
    ///
    /// # Safety
    ///
    /// The function is one of the prototype.
    pub(crate) unsafe fn call(&self, address: usize, args: &[u64]) -> u64 {
        let (mut general, mut floats) = ([0; GENERAL], [0; FLOATS]);
        if self.has_floats {
            let (mut next, mut next_float) = (general.iter_mut(), floats.iter_mut());
            for (&arg, &is_float) in args.iter().zip(&self.is_float) {
                let register = if is_float {
                    next_float.next()
                } else {
                    next.next()
                };
                if let Some(register) = register {
                    *register = arg;
                }
            }
        } else {
            general
                .iter_mut()
                .zip(args)
                .for_each(|(to, &arg)| *to = arg);
        }
        let mut results = [0; 2];
        // SAFETY: as the caller promises.
        unsafe { enter(address, &general, &floats, &mut results) };
        results[usize::from(self.returns_float)]
    }
}

/// Fills all registers for parameters, calls a function, and notes what it leaves in those for an integer and a float.
#[unsafe(naked)]
unsafe extern "C" fn enter(
    address: usize,
    general: &[u64; GENERAL],
    floats: &[u64; FLOATS],
    results: &mut [u64; 2],
) {
    core::arch::naked_asm!(
        ".cfi_startproc",
        "push rbx",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbx, -16",
        "mov rbx, rcx",
        "mov r11, rdi",
        "mov r10, rsi",
        "movsd xmm0, [rdx]",
        "movsd xmm1, [rdx + 8]",
        "movsd xmm2, [rdx + 16]",
        "movsd xmm3, [rdx + 24]",
        "movsd xmm4, [rdx + 32]",
        "movsd xmm5, [rdx + 40]",
        "movsd xmm6, [rdx + 48]",
        "movsd xmm7, [rdx + 56]",
        "mov rdi, [r10]",
        "mov rsi, [r10 + 8]",
        "mov rdx, [r10 + 16]",
        "mov rcx, [r10 + 24]",
        "mov r8, [r10 + 32]",
        "mov r9, [r10 + 40]",
        // At most so many arguments of a variadic function lie in vector registers.
        "mov eax, 8",
        "call r11",
        "mov [rbx], rax",
        "movsd [rbx + 8], xmm0",
        "pop rbx",
        ".cfi_def_cfa_offset 8",
        "ret",
        ".cfi_endproc",
    );
}
