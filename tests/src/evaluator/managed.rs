//! Managed objects: a heap that only grows, and what instructions do with it.

use std::rc::Rc;

use vbc::isa::decode::Value as Raw;
use vbc::isa::{HeapType, Inst, ManagedOp, RefType, Trap, ValType};
use vbc::module::{CompositeType, FieldType, Identity, Kind, Module, StorageType};

use super::integer::Sign::Unsigned;
use super::value::{Any, Value};
use super::{Evaluator, Fault, Next, Stop};

/// Bytes of an array, the 8 of its header and length included, above which no engine makes one.
const MOST_ARRAY: u64 = 1 << 31;

/// An object: a struct's fields or an array's elements. Packed ones are held zero-extended.
#[derive(Clone, Debug)]
pub struct Object {
    /// Type index.
    pub ty: u32,
    /// Fields or elements.
    pub parts: Vec<Value>,
}

/// What is known of types and functions, for the question whether a value has a type.
#[derive(Debug)]
pub(super) struct Typing {
    identity: Identity,
    /// By function.
    functions: Vec<u32>,
}

impl Typing {
    pub(super) fn new(module: &Module) -> Rc<Typing> {
        let spaces = module.spaces();
        let functions = 0..spaces.count(Kind::Func);
        let ty = |function| spaces.func_type(module, function).unwrap_or(u32::MAX);
        Rc::new(Typing {
            identity: module.types.identities(),
            functions: functions.map(ty).collect(),
        })
    }

    /// Whether a value may be in a register, field or table of a type.
    pub(super) fn fits(&self, value: Value, ty: ValType) -> bool {
        let ValType::Ref(wanted) = ty else {
            return value.ty() == ty;
        };
        let heap = match value {
            Value::FuncRef(Some(function)) => match self.functions.get(function as usize) {
                Some(&ty) => HeapType::Defined(ty),
                None => return false,
            },
            Value::FuncRef(None) => HeapType::NoFunc,
            Value::ExternRef(None) => HeapType::NoExtern,
            Value::ExternRef(Some(_)) | Value::Extern(_) => HeapType::Extern,
            Value::Any(None) => HeapType::None,
            Value::Any(Some(Any::I31(_))) => HeapType::I31,
            Value::Any(Some(Any::Object { ty, .. })) => HeapType::Defined(ty),
            Value::Any(Some(Any::Host(_))) => HeapType::Any,
            Value::I32(_) | Value::I64(_) | Value::F32(_) | Value::F64(_) | Value::Ptr(_) => {
                return false;
            }
        };
        let own = ValType::Ref(RefType::new(value.is_null(), heap));
        let wanted = match value.is_null() {
            true => wanted,
            false => wanted.not_null(),
        };
        self.identity.is_subtype(own, ValType::Ref(wanted))
    }
}

/// The parts of an object that an instruction is about.
struct Range {
    object: usize,
    start: usize,
    end: usize,
}

impl<'m> Evaluator<'m> {
    fn composite(&self, ty: u32) -> Result<&'m CompositeType, Fault> {
        let ty = self.module.types.get(ty);
        Ok(&ty.ok_or("a type that does not exist")?.composite)
    }

    fn part(&self, ty: u32, number: usize) -> Result<FieldType, Fault> {
        let composite = self.composite(ty)?;
        let number = match composite {
            CompositeType::Array(_) => 0,
            CompositeType::Struct(_) | CompositeType::Func(_) => number,
        };
        let field = composite.fields().get(number);
        field.copied().ok_or_else(|| format!("field {number}"))
    }

    /// Operand `n`, an object: where it lies on the heap and its type.
    fn object(&self, inst: &Inst<'_>, n: usize) -> Result<(usize, u32), Stop> {
        match self.operand(inst, n)? {
            Value::Any(None) => Err(Trap::NullReference.into()),
            Value::Any(Some(Any::Object { at, ty })) => Ok((at as usize, ty)),
            other => Err(Stop::Fault(format!("{other:?} as an object"))),
        }
    }

    /// Makes an object whose fields or elements have these values, and writes it to `register`.
    fn make(&mut self, register: u16, ty: u32, parts: Vec<Value>) -> Result<(), Stop> {
        let parts = parts.into_iter().enumerate();
        let parts = parts.map(|(number, value)| self.packed(ty, number, value));
        let parts = parts.collect::<Result<Vec<Value>, Fault>>()?;
        self.heap_bytes += 16 + 8 * parts.len() as u64;
        if self.heap_bytes > self.most_heap {
            return Err(Trap::HeapExhausted.into());
        }
        let at = self.heap.len() as u32;
        self.heap.push(Object { ty, parts });
        if register != vbc::isa::DISCARD {
            let object = Value::Any(Some(Any::Object { at, ty }));
            self.frame.set(register, object)?;
        }
        Ok(())
    }

    /// A value as field or element `number` of type `ty` holds it.
    fn packed(&self, ty: u32, number: usize, value: Value) -> Result<Value, Fault> {
        let part = self.part(ty, number)?;
        let unpacked = part.unpacked();
        if !self.typing.fits(value, unpacked) {
            return Err(format!("{value:?} for a part of type {unpacked}"));
        }
        Ok(match (part.storage, value) {
            (StorageType::I8, Value::I32(x)) => Value::I32(x & 0xff),
            (StorageType::I16, Value::I32(x)) => Value::I32(x & 0xffff),
            (_, value) => value,
        })
    }

    /// The registers of a list that are read and those that are written, by number of arguments.
    fn values_of(&self, registers: &[u16]) -> Result<Vec<Value>, Fault> {
        let values = registers.iter().map(|&register| self.frame.get(register));
        values.collect()
    }

    /// The number of elements that operand `n` says, where an array of type `ty` may have so many.
    fn length(&self, inst: &Inst<'_>, n: usize, ty: u32) -> Result<usize, Stop> {
        let count = self.unsigned(inst, n)?;
        let size = match self.part(ty, 0)?.storage {
            StorageType::I8 => 1,
            StorageType::I16 => 2,
            StorageType::Value(ValType::I32 | ValType::F32 | ValType::Ref(_)) => 4,
            StorageType::Value(ValType::I64 | ValType::F64 | ValType::Ptr) => 8,
        };
        if (count * size + 8).next_multiple_of(8) > MOST_ARRAY {
            return Err(Trap::AllocationTooLarge.into());
        }
        Ok(count as usize)
    }

    /// The `n` elements from `start` of the array that is operand `a`.
    fn range(&self, inst: &Inst<'_>, a: usize, start: usize, n: usize) -> Result<Range, Stop> {
        let (object, _) = self.object(inst, a)?;
        let (start, count) = (self.unsigned(inst, start)?, self.unsigned(inst, n)?);
        let length = self.heap[object].parts.len() as u64;
        if start + count > length {
            return Err(Trap::ArrayOutOfBounds.into());
        }
        Ok(Range {
            object,
            start: start as usize,
            end: (start + count) as usize,
        })
    }

    /// The elements of an array of type `ty` that `count` elements' bytes from `start` of a passive data row are.
    fn data_items(&self, data: usize, ty: u32, start: u64, count: u64) -> Result<Vec<Value>, Stop> {
        let storage = self.part(ty, 0)?.storage;
        let size = match storage {
            StorageType::I8 => 1,
            StorageType::I16 => 2,
            StorageType::Value(ValType::I32 | ValType::F32) => 4,
            StorageType::Value(ValType::I64 | ValType::F64) => 8,
            StorageType::Value(other) => {
                return Err(Stop::Fault(format!("{other} from bytes")));
            }
        };
        let bytes = self.state.passive_bytes(self.module, data);
        let end = start + count * size;
        if end > bytes.len() as u64 {
            return Err(Trap::MemoryOutOfBounds.into());
        }
        let bytes = &bytes[start as usize..end as usize];
        let values = bytes.chunks_exact(size as usize).map(|chunk| {
            let mut all = [0; 8];
            all[..chunk.len()].copy_from_slice(chunk);
            let bits = u64::from_le_bytes(all);
            match storage {
                StorageType::Value(ty) => Value::number(ty, bits),
                StorageType::I8 | StorageType::I16 => Some(Value::I32(bits as i32)),
            }
        });
        let values: Option<Vec<Value>> = values.collect();
        values.ok_or_else(|| Stop::Fault("a reference from bytes".to_owned()))
    }

    /// Items of an element segment.
    fn segment_items(&self, elem: usize, start: u64, count: u64) -> Result<Vec<Value>, Stop> {
        let items = self.state.element_items(self.module, elem)?;
        if start + count > items.len() as u64 {
            return Err(Trap::TableOutOfBounds.into());
        }
        Ok(items[start as usize..(start + count) as usize].to_vec())
    }

    /// Pays for a new array of so many elements, for which there must be room.
    fn charge_array(&mut self, ty: u32, count: usize) -> Result<(), Stop> {
        self.charge_elements(ty, count)?;
        match count as u64 * 8 > self.most_heap {
            true => Err(Trap::HeapExhausted.into()),
            false => Ok(()),
        }
    }

    /// Pays for moving so many elements of an array of type `ty`.
    fn charge_elements(&mut self, ty: u32, count: usize) -> Result<(), Stop> {
        let size = match self.part(ty, 0)?.storage {
            StorageType::I8 => 1,
            StorageType::I16 => 2,
            StorageType::Value(ValType::I32 | ValType::F32 | ValType::Ref(_)) => 4,
            StorageType::Value(ValType::I64 | ValType::F64 | ValType::Ptr) => 8,
        };
        self.charge(count as u64 * size / 4096)
    }

    /// The type of the array that is operand `n`.
    fn array_type(&self, inst: &Inst<'_>, n: usize) -> Result<u32, Stop> {
        Ok(self.object(inst, n)?.1)
    }

    fn is_a(&self, inst: &Inst<'_>, value: Value) -> Result<bool, Fault> {
        let ty = inst.ref_type().ok_or("no reference type")?;
        Ok(self.typing.fits(value, ValType::Ref(ty)))
    }

    fn i31(&self, inst: &Inst<'_>) -> Result<u32, Stop> {
        match self.operand(inst, 1)? {
            Value::Any(Some(Any::I31(bits))) => Ok(bits),
            Value::Any(None) => Err(Trap::NullReference.into()),
            other => Err(Stop::Fault(format!("{other:?} as i31"))),
        }
    }

    /// Reads a field or element, whose packed bits `extend` widens.
    fn read(
        &mut self,
        inst: &Inst<'_>,
        object: usize,
        number: usize,
        signed: bool,
    ) -> Result<(), Stop> {
        let Object { ty, parts } = &self.heap[object];
        let value = *parts.get(number).ok_or(Trap::ArrayOutOfBounds)?;
        let value = match (self.part(*ty, number)?.storage, value) {
            (StorageType::I8, Value::I32(x)) if signed => Value::I32(i32::from(x as i8)),
            (StorageType::I16, Value::I32(x)) if signed => Value::I32(i32::from(x as i16)),
            (_, value) => value,
        };
        Ok(self.put(inst, value)?)
    }

    fn write(&mut self, object: usize, start: usize, values: &[Value]) -> Result<(), Fault> {
        let ty = self.heap[object].ty;
        for (number, &value) in (start..).zip(values) {
            let value = self.packed(ty, number, value)?;
            self.heap[object].parts[number] = value;
        }
        Ok(())
    }

    /// The function that operand `n` refers to.
    fn callee(&self, inst: &Inst<'_>) -> Result<u32, Stop> {
        match self.operand(inst, 0)? {
            Value::FuncRef(Some(function)) => Ok(function),
            Value::FuncRef(None) => Err(Trap::NullReference.into()),
            other => Err(Stop::Fault(format!("a call of {other:?}"))),
        }
    }

    pub(super) fn managed(&mut self, op: ManagedOp, inst: &Inst<'_>) -> Result<Next, Stop> {
        match op {
            ManagedOp::RefAsNonNull => match self.operand(inst, 1)? {
                value if value.is_null() => return Err(Trap::NullReference.into()),
                value => self.put(inst, value)?,
            },
            ManagedOp::RefEq => {
                let (x, y) = (self.operand(inst, 1)?, self.operand(inst, 2)?);
                self.put_int(inst, 32, (x == y).into())?;
            }
            ManagedOp::RefTest => {
                let value = self.operand(inst, 1)?;
                let holds = self.is_a(inst, value)?;
                self.put_int(inst, 32, holds.into())?;
            }
            ManagedOp::RefCast => {
                let value = self.operand(inst, 1)?;
                if !self.is_a(inst, value)? {
                    return Err(Trap::CastFailure.into());
                }
                self.put(inst, value)?;
            }
            ManagedOp::BrOnNull => {
                let value = self.operand(inst, 1)?;
                if value.is_null() {
                    return Ok(Next::Branch(self.label(inst)?));
                }
                self.put(inst, value)?;
            }
            ManagedOp::BrOnCastFail => {
                let value = self.operand(inst, 1)?;
                if !self.is_a(inst, value)? {
                    return Ok(Next::Branch(self.label(inst)?));
                }
                self.put(inst, value)?;
            }
            ManagedOp::I31New => {
                let bits = self.int(inst, 1, 32, Unsigned)? as u32 & 0x7fff_ffff;
                self.put(inst, Value::Any(Some(Any::I31(bits))))?;
            }
            ManagedOp::I31Get => {
                let bits = self.i31(inst)?;
                self.put(inst, Value::I32((bits << 1) as i32 >> 1))?;
            }
            ManagedOp::I31GetU => {
                let bits = self.i31(inst)?;
                self.put(inst, Value::I32(bits as i32))?;
            }
            ManagedOp::AnyOfExtern => {
                let value = match self.operand(inst, 1)? {
                    Value::ExternRef(host) => Value::Any(host.map(Any::Host)),
                    Value::Extern(object) => Value::Any(Some(object)),
                    other => return Err(Stop::Fault(format!("{other:?} as externref"))),
                };
                self.put(inst, value)?;
            }
            ManagedOp::ExternOfAny => {
                let value = match self.operand(inst, 1)? {
                    Value::Any(None) => Value::ExternRef(None),
                    Value::Any(Some(Any::Host(host))) => Value::ExternRef(Some(host)),
                    Value::Any(Some(object)) => Value::Extern(object),
                    other => return Err(Stop::Fault(format!("{other:?} as anyref"))),
                };
                self.put(inst, value)?;
            }

            ManagedOp::StructNew => {
                let ty = inst.type_index();
                let count = self.composite(ty)?.fields().len();
                let (fields, results) = self.lists(inst, count, 1)?;
                let fields = self.values_of(fields)?;
                self.make(results[0], ty, fields)?;
            }
            ManagedOp::StructNewDefault => {
                let ty = inst.type_index();
                let fields = self.composite(ty)?.fields().iter();
                let fields = fields
                    .map(|field| Value::zero_of(&self.module.types, field.unpacked()))
                    .collect();
                self.make(inst.dst(), ty, fields)?;
            }
            ManagedOp::StructGet | ManagedOp::StructGetS | ManagedOp::StructGetU => {
                let (object, _) = self.object(inst, 1)?;
                let signed = op == ManagedOp::StructGetS;
                self.read(inst, object, inst.field_number().into(), signed)?;
            }
            ManagedOp::StructSet => {
                let (object, _) = self.object(inst, 0)?;
                let value = self.operand(inst, 2)?;
                self.write(object, inst.field_number().into(), &[value])?;
            }

            ManagedOp::ArrayNew => {
                let ty = inst.type_index();
                let count = self.length(inst, 3, ty)?;
                let value = self.operand(inst, 2)?;
                self.charge_array(ty, count)?;
                self.make(inst.dst(), ty, vec![value; count])?;
            }
            ManagedOp::ArrayNewDefault => {
                let ty = inst.type_index();
                let count = self.length(inst, 2, ty)?;
                let value = Value::zero_of(&self.module.types, self.part(ty, 0)?.unpacked());
                self.charge_array(ty, count)?;
                self.make(inst.dst(), ty, vec![value; count])?;
            }
            ManagedOp::ArrayNewFixed => {
                let ty = inst.type_index();
                let count = match inst.value(&inst.operands()[1]) {
                    Raw::Count(count) => count as usize,
                    other => return Err(Stop::Fault(format!("{other:?} as a count"))),
                };
                let (items, results) = self.lists(inst, count, 1)?;
                let items = self.values_of(items)?;
                self.charge_array(ty, count)?;
                self.make(results[0], ty, items)?;
            }
            ManagedOp::ArrayNewData | ManagedOp::ArrayNewElem => {
                let ty = inst.type_index();
                let source = self.index(inst, 2)? as usize;
                let (start, count) = (self.unsigned(inst, 3)?, self.unsigned(inst, 4)?);
                let items = match op {
                    ManagedOp::ArrayNewData => self.data_items(source, ty, start, count)?,
                    _ => self.segment_items(source, start, count)?,
                };
                let count = self.length(inst, 4, ty)?;
                self.charge_array(ty, count)?;
                self.make(inst.dst(), ty, items)?;
            }
            ManagedOp::ArrayGet | ManagedOp::ArrayGetS | ManagedOp::ArrayGetU => {
                let (object, _) = self.object(inst, 1)?;
                let number = self.unsigned(inst, 2)? as usize;
                self.read(inst, object, number, op == ManagedOp::ArrayGetS)?;
            }
            ManagedOp::ArraySet => {
                let (object, _) = self.object(inst, 0)?;
                let number = self.unsigned(inst, 1)? as usize;
                if number >= self.heap[object].parts.len() {
                    return Err(Trap::ArrayOutOfBounds.into());
                }
                let value = self.operand(inst, 2)?;
                self.write(object, number, &[value])?;
            }
            ManagedOp::ArrayLen => {
                let (object, _) = self.object(inst, 1)?;
                let length = self.heap[object].parts.len();
                self.put_int(inst, 32, length as i128)?;
            }
            ManagedOp::ArrayFill => {
                let range = self.range(inst, 0, 1, 3)?;
                let count = range.end - range.start;
                self.charge_elements(self.array_type(inst, 0)?, count)?;
                let value = self.operand(inst, 2)?;
                self.write(range.object, range.start, &vec![value; count])?;
            }
            ManagedOp::ArrayCopy => {
                // Both references before either range.
                self.object(inst, 2)?;
                let to = self.range(inst, 0, 1, 4)?;
                let from = self.range(inst, 2, 3, 4)?;
                let count = to.end - to.start;
                self.charge_elements(self.array_type(inst, 0)?, count)?;
                let items = self.heap[from.object].parts[from.start..from.end].to_vec();
                self.write(to.object, to.start, &items)?;
            }
            ManagedOp::ArrayInitData | ManagedOp::ArrayInitElem => {
                let range = self.range(inst, 0, 1, 4)?;
                let ty = self.array_type(inst, 0)?;
                let source = self.index(inst, 2)? as usize;
                let (start, count) = (self.unsigned(inst, 3)?, self.unsigned(inst, 4)?);
                let items = match op {
                    ManagedOp::ArrayInitData => self.data_items(source, ty, start, count)?,
                    _ => self.segment_items(source, start, count)?,
                };
                self.charge_elements(ty, items.len())?;
                self.write(range.object, range.start, &items)?;
            }
            ManagedOp::ArrayToMemory => {
                let range = self.range(inst, 1, 2, 3)?;
                let address = self.unsigned(inst, 0)?;
                let parts = &self.heap[range.object].parts[range.start..range.end];
                let bytes: Vec<u8> = parts.iter().map(|part| part.low_byte()).collect();
                self.memory_bytes(address, bytes.len() as u64)?;
                self.charge(bytes.len() as u64 / 4096)?;
                self.memory_bytes(address, bytes.len() as u64)?
                    .copy_from_slice(&bytes);
            }
            ManagedOp::MemoryToArray => {
                let range = self.range(inst, 0, 1, 3)?;
                let address = self.unsigned(inst, 2)?;
                let count = (range.end - range.start) as u64;
                let bytes = self.memory_bytes(address, count)?.to_vec();
                self.charge(count / 4096)?;
                let items: Vec<Value> = bytes.iter().map(|&byte| Value::I32(byte.into())).collect();
                self.write(range.object, range.start, &items)?;
            }

            ManagedOp::CallRef => {
                let callee = self.callee(inst)?;
                return self.call_function(inst, callee);
            }
            ManagedOp::TailCallRef => {
                let callee = self.callee(inst)?;
                return self.tail_call_function(inst, callee);
            }
        }
        Ok(Next::Follow)
    }

    fn memory_bytes(&mut self, address: u64, length: u64) -> Result<&mut [u8], Stop> {
        match &mut self.state.memory {
            Some(memory) => Ok(memory.slice(address.into(), length)?),
            None if address == 0 && length == 0 => Ok(&mut []),
            None => Err(Trap::MemoryOutOfBounds.into()),
        }
    }

    /// Whether values fit the types of a list, and are as many.
    pub(super) fn all_fit(&self, values: &[Value], types: &[ValType]) -> bool {
        let mut pairs = values.iter().zip(types);
        values.len() == types.len() && pairs.all(|(&value, &ty)| self.typing.fits(value, ty))
    }

    /// Whether a function can be called where one of a type is demanded.
    pub(super) fn may_call(&self, function: u32, ty: u32) -> bool {
        let reference = ValType::Ref(RefType::new(false, HeapType::Defined(ty)));
        self.typing.fits(Value::FuncRef(Some(function)), reference)
    }
}
