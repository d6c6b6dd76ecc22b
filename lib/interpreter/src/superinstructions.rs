//! Which cells are joined with the one before: a *superinstruction* does what both do, and hands the result of the
//! first to the second without a detour through the register, which is written nevertheless. It is the first cell with
//! the superinstruction's handler, followed by the second without the word for its handler.
//!
//! The list has a row for each first cell. After each second cell comes which of its operands is
//! the first one's result; `Nothing` serves for all operands.

use super::cell::Cell;
use super::columns::ResultIn;
use super::machine::Takes;

/// Hands the list to the macro `$callback`.
macro_rules! for_each_superinstruction {
    ($callback:ident) => {
        $callback! {
            If {
                Jump Nothing, If Nothing, IfNot Nothing, Return1 Nothing, Const32 Nothing,
                Const64 Nothing, ConstWide Nothing, Move Nothing, Load32 Nothing, Load64 Nothing,
                Load8U Nothing, Store32 Nothing, AddI32Imm Nothing, SubI32 Nothing,
                AndI32Imm Nothing, EqI32Imm Nothing,
            }
            IfNot {
                Jump Nothing, IfNot Nothing, IfNeImm Nothing, IfLtI32Imm Nothing, Const32 Nothing,
                Move Nothing, MoveTwo Nothing, MemoryCopy Nothing, Load32 Nothing, Load64 Nothing,
                Load8U Nothing, Store32 Nothing, AddI32 Nothing, AddI32Imm Nothing,
                SubI32 Nothing, AndI32Imm Nothing, OrI32Imm Nothing, EqI32Imm Nothing,
            }
            IfEq {
                Jump Nothing, Const32 Nothing, Load32 Nothing, Load8U Nothing, AddI32Imm Nothing,
            }
            IfNe { Jump Nothing, Const32 Nothing, Move Nothing, Load32 Nothing, }
            IfLtI32 { Jump Nothing, Move Nothing, AddI32Imm Nothing, MulI32Imm Nothing, }
            IfLeI32 { Jump Nothing, Move Nothing, }
            IfLtU { Jump Nothing, Load32 Nothing, MulI32 Nothing, WrapI32I64 Nothing, }
            IfLeU { Jump Nothing, Const32 Nothing, Load32 Nothing, }
            IfEqImm {
                Jump Nothing, IfLeU Nothing, Const32 Nothing, Load32 Nothing, Load8U Nothing,
                AddI32Imm Nothing, AndI32Imm Nothing,
            }
            IfNeImm {
                Jump Nothing, Const32 Nothing, Load32 Nothing, Load8U Nothing, AddI32Imm Nothing,
            }
            IfLtI32Imm { IfNot Nothing, Load32 Nothing, AddI32Imm Nothing, }
            IfGtI32Imm { Jump Nothing, Load32 Nothing, }
            IfGeI32Imm { Const32 Nothing, }
            IfLtUImm { Jump Nothing, Const32 Nothing, AddI32Imm Nothing, AndI32Imm Nothing, }
            IfGtUImm {
                Jump Nothing, Const32 Nothing, Load32 Nothing, AddI32Imm Nothing,
                ShlI32Imm Nothing,
            }
            Const32 {
                Jump Nothing, If Nothing, IfNot Nothing, Return1 A, IfEq Nothing, IfNe A,
                IfNe Nothing, IfLtI32 Nothing, IfLeI32 Nothing, IfLtU Nothing, IfNeImm Nothing,
                Const32 Nothing, Const64 Nothing, ConstWide Nothing, Move B, Move Nothing,
                MoveTwo B, MoveTwo Nothing, Select B, Select C, MemoryCopy Nothing,
                MemoryFill Nothing, Load32 B, Load32 Nothing, Load64 Nothing, Load8U Nothing,
                Store8 A, Store16 A, Store32 A, Store32 B, Store32 Nothing, Store64 Nothing,
                AddI32 Nothing, AddI32Imm Nothing, SubI32 B, ShlI32 B, ShlI32Imm B,
            }
            Const64 {
                Jump Nothing, Const32 Nothing, Const64 Nothing, ConstWide Nothing, Select C,
                Store64 A, ShlI64 B,
            }
            ConstWide {
                Jump Nothing, Return1 A, IfEq A, IfNe A, IfLtU B, Const32 Nothing,
                Const64 Nothing, ConstWide Nothing, Store64 A, AddMulF64 C, AddI32Imm Nothing,
                Or B, Eq B, AddF64 B, MulF64 B,
            }
            Move {
                Jump Nothing, If Nothing, IfNot Nothing, IfEq Nothing, IfNe Nothing,
                IfLtI32 Nothing, IfLeI32 Nothing, IfLtU Nothing, IfNeImm Nothing,
                CountLtI32 Nothing, CountNeI32 Nothing, CountLtUI32 Nothing,
                CountNeI32Imm Nothing, Const32 Nothing, ConstWide Nothing, Move Nothing,
                MoveTwo Nothing, Select B, Select C, Select Nothing, MemoryCopy Nothing,
                MemoryFill Nothing, Load32 Nothing, Load64 Nothing, Load8U B, Store32 Nothing,
                Store64 Nothing, Indexed32Load8U Nothing, ShlOrI64 B, AddI32 Nothing, AddI32Imm B,
                AddI32Imm Nothing, AddI64 B, AndI64Imm B, ShlI32Imm B, ShlI64Imm B,
            }
            MoveTwo {
                Jump Nothing, If Nothing, IfNot Nothing, IfEq Nothing, IfNe Nothing,
                IfLtI32 Nothing, IfLeI32 Nothing, IfLtU Nothing, IfNeImm Nothing,
                CountLtI32 Nothing, CountNeI32 Nothing, CountLtUI32 Nothing,
                CountNeI32Imm Nothing, Const32 Nothing, Move Nothing, MoveTwo Nothing,
                Load32 Nothing, Load64 Nothing, Store32 Nothing, Store64 Nothing, AddI32 Nothing,
                AddI32Imm Nothing,
            }
            Select {
                Jump Nothing, If A, IfNot A, Return1 A, IfLtI32 A, Const32 Nothing, Move B,
                Select B, Select C, Select D, Store32 A, Near32Store32 A, Indexed32Load32 Nothing,
                AddI32 B, AddI32Imm B, AddI32Imm Nothing, Or B, OrI32Imm B, XorI32Imm Nothing,
            }
            GlobalGet { AddI32Imm B, }
            GlobalSet {
                Return0 Nothing, Return1 Nothing, IfGtI32Imm Nothing, Const32 Nothing,
                Load32 Nothing, Load8I32 Nothing, Store32 Nothing, AddI32Imm Nothing,
                AndI32Imm Nothing,
            }
            Load32 {
                Jump Nothing, If A, IfNot A, IfNot Nothing, Switch A, Return1 A, IfEq A, IfNe A,
                IfLtI32 A, IfLtI32 B, IfLeI32 A, IfLeI32 B, IfLtU A, IfLtU B, IfLeU A, IfEqImm A,
                IfNeImm A, IfLtI32Imm A, IfLeI32Imm A, IfGeI32Imm A, CountLtI32 Nothing,
                CountNeI32 Nothing, CountLtUI32 Nothing, CountNeI32Imm Nothing, Const32 Nothing,
                Move B, Move Nothing, MoveTwo Nothing, Select B, Select C, Select Nothing,
                Load32 B, Load32 Nothing, Load64 B, Load64 Nothing, Load8U B, Load8U Nothing,
                Load16U B, Store8 A, Store32 A, Store32 B, Store32 Nothing, Store64 A,
                Store64 Nothing, Near32Load32 Nothing, Near32Load64 Nothing, Near32Store8 A,
                Near32Store32 A, Near32Store32 Nothing, Near32Store64 A, Near32Store64 Nothing,
                Indexed32Load8U Nothing, Indexed32Load32 Nothing, Indexed32Store32 Nothing,
                ShlAddI32 Nothing, AddI32 B, AddI32 Nothing, AddI32Imm B, AddI32Imm Nothing,
                SubI32 B, SubI32 C, MulI32Imm B, MulI32Imm Nothing, And B, AndI32Imm B,
                AndI32Imm Nothing, Or B, OrI32Imm B, Xor B, ShlI32Imm B, Eq B, EqI32Imm B, Ne B,
                NeI32Imm B, LtI32 B, LtI32 C, LtI32Imm B, LtU B, LtU C, LtUI32Imm B, LeI32 B,
                LeI32 C, GtI32Imm B, AddF32 B, SubF32 B, SubF32 C, MulF32 B,
            }
            Load64 {
                Jump Nothing, Const32 Nothing, ConstWide Nothing, Select B, Select C,
                Select Nothing, Load32 B, Load32 Nothing, Load64 Nothing, Load8U Nothing,
                Store8 A, Store32 A, Store32 Nothing, Store64 A, Store64 Nothing,
                Near32Load32 Nothing, Near32Load64 Nothing, Near32Store8 A, Near32Store32 A,
                Near32Store32 Nothing, Near32Store64 A, Near32Store64 Nothing,
                Indexed32Load64 Nothing, MulAddF64 B, MulAddF64 Nothing, MulSubF64 B,
                MulSubF64 Nothing, MulRevSubF64 B, MulMulF64 B, AddI32 Nothing, AddI32Imm Nothing,
                AddI64 B, MulI64 B, And B, AndI64Imm B, Or B, Xor B, ShlI64Imm B, ShrUI64Imm B,
                RotlI64Imm B, AddF64 B, AddF64 Nothing, SubF64 B, SubF64 C, SubF64 Nothing,
                MulF64 B, MulF64 Nothing, DivF64 B, DivF64 C, SqrtF64 B,
            }
            Load8I32 { Const32 Nothing, AddI32Imm B, }
            Load8U {
                Jump Nothing, If A, If Nothing, IfNot A, IfEq A, IfNe A, IfLtI32 A, IfLtI32 B,
                IfLeI32 A, IfLeI32 B, IfLtU A, IfLtU B, IfEqImm A, IfNeImm A, Load32 B,
                Load32 Nothing, Load64 Nothing, Load8U Nothing, Store8 A, Store32 A,
                Store32 Nothing, Store64 A, Store64 Nothing, Near32Load32 Nothing,
                Near32Load64 Nothing, Near32Store8 A, Near32Store32 A, Near32Store32 Nothing,
                Near32Store64 A, Near32Store64 Nothing, AddI32 B, AddI32 Nothing, AddI32Imm B,
                AddI32Imm Nothing, SubI32 B, SubI32 C, And B, AndI32Imm B, Or B, Xor B,
                ShlI32Imm B, Eq B, EqI32Imm B, Ne B, NeI32Imm B, LtI32 B, LtI32 C, LtI32Imm B,
                LtU B, LtU C, LtUI32Imm B, LeI32 B, LeI32 C, GtI32Imm B,
            }
            Load16U { AndI32Imm B, AndI64Imm Nothing, }
            Store8 {
                Jump Nothing, Return1 Nothing, CountLtI32 Nothing, CountNeI32 Nothing,
                CountLtUI32 Nothing, CountNeI32Imm Nothing, Const32 Nothing, Load32 Nothing,
                Load64 Nothing, Store32 Nothing, Store64 Nothing, Near32Load32 Nothing,
                Near32Load64 Nothing, Near32Store32 Nothing, Near32Store64 Nothing,
                AddI32 Nothing, AddI32Imm Nothing,
            }
            Store16 { AddI32Imm Nothing, }
            Store32 {
                Jump Nothing, If Nothing, IfNot Nothing, Return0 Nothing, Return1 Nothing,
                IfEqImm Nothing, CountLtI32 Nothing, CountNeI32 Nothing, CountLtUI32 Nothing,
                CountNeI32Imm Nothing, Const32 Nothing, Const64 Nothing, Move Nothing,
                Load32 Nothing, Load64 Nothing, Load8U Nothing, Store8 Nothing, Store32 Nothing,
                Store64 Nothing, Near32Load32 Nothing, Near32Load64 Nothing,
                Near32Store32 Nothing, Near32Store64 Nothing, AddI32 Nothing, AddI32Imm Nothing,
                SubI32 Nothing, AndI32Imm Nothing, ShlI32Imm Nothing,
            }
            Store64 {
                Jump Nothing, Return1 Nothing, CountLtI32 Nothing, CountNeI32 Nothing,
                CountLtUI32 Nothing, CountNeI32Imm Nothing, Const32 Nothing, ConstWide Nothing,
                Move Nothing, Load32 Nothing, Load64 Nothing, Load8U Nothing, Store32 Nothing,
                Store64 Nothing, Near32Load32 Nothing, Near32Load64 Nothing,
                Near32Store32 Nothing, Near32Store64 Nothing, Indexed32Load64 Nothing,
                MulAddF64 Nothing, MulSubF64 Nothing, AddI32 Nothing, AddI32Imm Nothing,
                AddF64 Nothing, SubF64 Nothing, MulF64 Nothing,
            }
            Near32Load8U {
                If A, IfNot A, IfEq A, IfNe A, IfLtI32 A, IfLtI32 B, IfLeI32 A, IfLeI32 B,
                IfLtU A, IfLtU B, IfEqImm A, IfNeImm A, Store8 A, Store32 A, Near32Store32 A,
                AddI32 B, AddI32Imm B, SubI32 B, SubI32 C, And B, AndI32Imm B, Or B, Xor B,
                ShlI32Imm B,
            }
            Near32Load32 {
                Jump Nothing, If A, IfNot A, IfEq A, IfNe A, IfLtI32 A, IfLtI32 B, IfLeI32 A,
                IfLeI32 B, IfLtU A, IfLtU B, IfEqImm A, IfNeImm A, Const32 Nothing,
                Load32 Nothing, Load64 Nothing, Store8 A, Store32 A, Store32 Nothing, Store64 A,
                Store64 Nothing, Near32Load32 Nothing, Near32Load64 Nothing, Near32Store8 A,
                Near32Store32 A, Near32Store32 Nothing, Near32Store64 A, Near32Store64 Nothing,
                AddI32 B, AddI32 Nothing, AddI32Imm B, AddI32Imm Nothing, SubI32 B, SubI32 C,
                And B, AndI32Imm B, Or B, Xor B, ShlI32Imm B, Eq B, EqI32Imm B, Ne B, NeI32Imm B,
                LtI32 B, LtI32 C, LtI32Imm B, LtU B, LtU C, LtUI32Imm B, LeI32 B, LeI32 C,
                GtI32Imm B, AddF32 B, SubF32 B, SubF32 C, MulF32 B,
            }
            Near32Load64 {
                Jump Nothing, Load32 Nothing, Load64 Nothing, Store8 A, Store32 A,
                Store32 Nothing, Store64 A, Store64 Nothing, Near32Load32 Nothing,
                Near32Load64 Nothing, Near32Store8 A, Near32Store32 A, Near32Store32 Nothing,
                Near32Store64 A, Near32Store64 Nothing, Indexed32Load64 Nothing, MulAddF64 B,
                MulAddF64 Nothing, MulSubF64 B, MulSubF64 Nothing, MulRevSubF64 B, MulMulF64 B,
                SubMulF64 C, AddI32 Nothing, AddI32Imm Nothing, AddF64 B, AddF64 Nothing,
                SubF64 B, SubF64 C, SubF64 Nothing, MulF64 B, MulF64 Nothing, DivF64 B, DivF64 C,
                SqrtF64 B, WrapI32I64 B,
            }
            Near32Store8 {
                CountLtI32 Nothing, CountNeI32 Nothing, CountLtUI32 Nothing,
                CountNeI32Imm Nothing,
            }
            Near32Store32 {
                Jump Nothing, CountLtI32 Nothing, CountNeI32 Nothing, CountLtUI32 Nothing,
                CountNeI32Imm Nothing, Load32 Nothing, Load64 Nothing, Store32 Nothing,
                Store64 Nothing, Near32Load32 Nothing, Near32Load64 Nothing,
                Near32Store32 Nothing, Near32Store64 Nothing, AddI32 Nothing, AddI32Imm Nothing,
            }
            Near32Store64 {
                Jump Nothing, CountLtI32 Nothing, CountNeI32 Nothing, CountLtUI32 Nothing,
                CountNeI32Imm Nothing, Load32 Nothing, Load64 Nothing, Store32 Nothing,
                Store64 Nothing, Near32Load32 Nothing, Near32Load64 Nothing,
                Near32Store32 Nothing, Near32Store64 Nothing, Indexed32Load64 Nothing,
                MulAddF64 Nothing, MulSubF64 Nothing, AddI32 Nothing, AddI32Imm Nothing,
                AddF64 Nothing, SubF64 Nothing, MulF64 Nothing,
            }
            Indexed32Load8U {
                If A, IfNot A, IfEq A, IfNe A, IfLtI32 A, IfLtI32 B, IfLeI32 A, IfLeI32 B,
                IfLtU A, IfLtU B, IfEqImm A, IfNeImm A, Store8 A, Store32 A, Near32Store32 A,
                AddI32 B, AddI32Imm B, SubI32 B, SubI32 C, And B, AndI32Imm B, Or B, Xor B,
                ShlI32Imm B,
            }
            Indexed32Load32 {
                If A, IfNot A, IfEq A, IfNe A, IfLtI32 A, IfLtI32 B, IfLeI32 A, IfLeI32 B,
                IfLtU A, IfLtU B, IfEqImm A, IfNeImm A, Store8 A, Store32 A, Store64 A,
                Near32Store8 A, Near32Store32 A, Near32Store64 A, AddI32 B, AddI32Imm B, SubI32 B,
                SubI32 C, And B, AndI32Imm B, Or B, Xor B, ShlI32Imm B, Eq B, EqI32Imm B, Ne B,
                NeI32Imm B, LtI32 B, LtI32 C, LtI32Imm B, LtU B, LtU C, LtUI32Imm B, LeI32 B,
                LeI32 C, GtI32Imm B,
            }
            Indexed32Load64 {
                Load64 Nothing, Store8 A, Store32 A, Store64 A, Near32Load64 Nothing,
                Near32Store8 A, Near32Store32 A, Near32Store64 A, Indexed32Load64 Nothing,
                MulAddF64 B, MulAddF64 Nothing, MulSubF64 B, MulSubF64 Nothing, MulRevSubF64 B,
                MulMulF64 B, AddI32Imm Nothing, AddF64 B, AddF64 Nothing, SubF64 B, SubF64 C,
                SubF64 Nothing, MulF64 B, MulF64 Nothing, DivF64 B, DivF64 C, SqrtF64 B,
            }
            Indexed32Store32 {
                CountLtI32 Nothing, CountNeI32 Nothing, CountLtUI32 Nothing,
                CountNeI32Imm Nothing,
            }
            Indexed32Store64 { AddI32Imm Nothing, }
            MulAddF64 {
                CountLtI32 Nothing, CountNeI32 Nothing, CountLtUI32 Nothing,
                CountNeI32Imm Nothing, Load64 Nothing, Store64 A, Store64 Nothing,
                Near32Load64 Nothing, Near32Store64 A, Indexed32Load64 Nothing, MulAddF64 B,
                MulAddF64 Nothing, MulSubF64 B, MulSubF64 Nothing, MulRevSubF64 B, MulMulF64 B,
                AddI32Imm Nothing, AddF64 B, AddF64 Nothing, SubF64 B, SubF64 C, SubF64 Nothing,
                MulF64 B, MulF64 Nothing, DivF64 B, DivF64 C, SqrtF64 B,
            }
            MulSubF64 {
                Load64 Nothing, Store64 A, Near32Load64 Nothing, Near32Store64 A,
                Indexed32Load64 Nothing, MulAddF64 B, MulAddF64 Nothing, MulSubF64 B,
                MulSubF64 Nothing, MulRevSubF64 B, MulMulF64 B, AddI32Imm Nothing, AddF64 B,
                AddF64 Nothing, SubF64 B, SubF64 C, SubF64 Nothing, MulF64 B, MulF64 Nothing,
                DivF64 B, DivF64 C, SqrtF64 B,
            }
            MulRevSubF64 {
                Load64 Nothing, Store64 A, Near32Load64 Nothing, Near32Store64 A,
                Indexed32Load64 Nothing, MulAddF64 B, MulAddF64 Nothing, MulSubF64 B,
                MulSubF64 Nothing, MulRevSubF64 B, MulMulF64 B, AddI32Imm Nothing, AddF64 B,
                AddF64 Nothing, SubF64 B, SubF64 C, SubF64 Nothing, MulF64 B, MulF64 Nothing,
                DivF64 B, DivF64 C, SqrtF64 B,
            }
            MulMulF64 {
                Load64 Nothing, Store64 A, Near32Load64 Nothing, Near32Store64 A,
                Indexed32Load64 Nothing, MulAddF64 B, MulAddF64 Nothing, MulSubF64 B,
                MulSubF64 Nothing, MulRevSubF64 B, MulMulF64 B, AddI32Imm Nothing, AddF64 B,
                AddF64 Nothing, SubF64 B, SubF64 C, SubF64 Nothing, MulF64 B, MulF64 Nothing,
                DivF64 B, DivF64 C, SqrtF64 B,
            }
            SubMulF64 {
                Load64 Nothing, Store64 A, Near32Load64 Nothing, Near32Store64 A,
                Indexed32Load64 Nothing, MulAddF64 B, MulAddF64 Nothing, MulSubF64 B,
                MulSubF64 Nothing, MulRevSubF64 B, MulMulF64 B, AddI32Imm Nothing, AddF64 B,
                AddF64 Nothing, SubF64 B, SubF64 C, SubF64 Nothing, MulF64 B, MulF64 Nothing,
                DivF64 B, DivF64 C, SqrtF64 B,
            }
            MulAddI64 { AndI64Wide Nothing, }
            ShlAddI32 { Near32Load32 B, AddI32Imm Nothing, }
            ShlXorI32 { ShrUXorI32 B, ShrUXorI32 Nothing, ShrUI32Imm Nothing, }
            ShrUAndImmI32 { Load64 Nothing, }
            AddI32 {
                If A, IfNot A, IfEq A, IfNe A, IfLtI32 A, IfLtI32 B, IfLeI32 A, IfLeI32 B,
                IfLtU A, IfLtU B, IfLeU A, IfLeU B, IfEqImm A, IfNeImm A, IfLtI32Imm A,
                IfGtI32Imm A, IfGeUImm A, CountLtI32 Nothing, CountNeI32 Nothing,
                CountLtUI32 Nothing, CountNeI32Imm Nothing, Const32 Nothing, Move Nothing,
                MoveTwo Nothing, Select B, Select C, Select Nothing, MemoryCopy Nothing,
                MemoryFill Nothing, Load32 B, Load32 Nothing, Load8U B, Store8 A, Store32 A,
                Near32Load8U B, Near32Load32 Nothing, Indexed32Load8U Nothing,
                Indexed32Load32 Nothing, AddI32 B, AddI32 Nothing, AddI32Imm B, AddI32Imm Nothing,
                RemUI32Imm B, And B, AndI32Imm B, Or B, Xor B, ShlI32Imm B, ShrUI32Imm B, Eq B,
                EqI32Imm B, Ne B, NeI32Imm B, LtI32 B, LtI32 C, LtI32Imm B, LtU B, LtU C,
                LtUI32Imm B, LeI32 B, LeI32 C, GtI32Imm B,
            }
            AddI32Imm {
                Jump Nothing, If A, IfNot A, IfNot Nothing, Switch A, Return1 A, IfEq A, IfNe A,
                IfNe Nothing, IfLtI32 A, IfLtI32 B, IfLtI32 Nothing, IfLeI32 A, IfLeI32 B,
                IfLtU A, IfLtU B, IfLeU A, IfLeU B, IfEqImm A, IfNeImm A, IfLtI32Imm A,
                IfGtI32Imm A, IfLtUImm A, IfLtUImm Nothing, IfGtUImm A, IfGtUImm Nothing,
                CountLtI32 Nothing, CountNeI32 Nothing, CountLtUI32 Nothing,
                CountNeI32Imm Nothing, Const32 Nothing, Const64 Nothing, ConstWide Nothing,
                Move B, Move Nothing, MoveTwo B, MoveTwo Nothing, Select B, Select C,
                Select Nothing, GlobalSet A, MemoryCopy Nothing, MemoryFill Nothing, Load32 B,
                Load32 Nothing, Load64 Nothing, Load8U B, Load8U Nothing, Store8 A, Store32 A,
                Store32 B, Store64 B, Near32Load32 Nothing, Near32Load64 Nothing,
                Indexed32Load8U Nothing, Indexed32Load32 Nothing, ShlAddI32 Nothing,
                MulAddImmI32 Nothing, AddI32 B, AddI32Imm B, AddI32Imm Nothing, MulI32 B,
                MulI32Imm Nothing, And B, AndI32Imm B, AndI32Imm Nothing, Or B, OrI32Imm B, Xor B,
                ShlI32Imm B, ShlI32Imm Nothing, ShrUI32Imm B, Eq B, EqI32Imm B, Ne B, NeI32Imm B,
                LtI32 B, LtI32 C, LtI32Imm B, LtU B, LtU C, LtUI32Imm B, LeI32 B, LeI32 C,
                GtI32Imm B, ClzI32 B,
            }
            AddI64 {
                CountLtI32 Nothing, CountNeI32 Nothing, CountLtUI32 Nothing,
                CountNeI32Imm Nothing, Move B, Store64 A, Near32Store64 A, MulAddI64 Nothing,
                AddI64 B, MulI64 B, And B, Or B, Xor B, ShlI64Imm B, ShrUI64Imm B, RotlI64Imm B,
            }
            AddI64Imm { Move B, Store64 A, Near32Store64 A, AddI64 B, Xor B, }
            SubI32 {
                If A, IfNot A, IfEq A, IfNe A, IfLtI32 A, IfLtI32 B, IfLeI32 A, IfLeI32 B,
                IfLtU A, IfLtU B, IfLeU A, IfLeU B, IfEqImm A, IfNeImm A, IfLtI32Imm A,
                IfGtI32Imm A, Move B, Select B, Select C, Select Nothing, Load32 B, Load8U B,
                Store8 A, Store32 A, AddI32 B, AddI32Imm B, AddI32Imm Nothing, SubI32 Nothing,
                And B, AndI32Imm B, Or B, Xor B, ShlI32Imm B, ShrUI32Imm B, Eq B, EqI32Imm B,
                Ne B, NeI32Imm B, LtI32 B, LtI32 C, LtI32Imm B, LtU B, LtU C, LtUI32Imm B,
                LeI32 B, LeI32 C, GtI32Imm B, Extend32I64 B,
            }
            SubI64 { Move B, Store64 A, Near32Store64 A, AddI64 B, Xor B, }
            MulI32 {
                IfLtI32 A, IfLtU A, IfEqImm A, IfNeImm A, CountLtI32 Nothing, CountNeI32 Nothing,
                CountLtUI32 Nothing, CountNeI32Imm Nothing, Load32 B, Load8U B, Store8 A,
                Store32 A, AddI32 B, AddI32Imm B, And B, AndI32Imm B, Or B, Xor B, ShlI32Imm B,
                ShrUI32Imm B,
            }
            MulI32Imm { Load64 B, Indexed32Load32 Nothing, AddI32 B, }
            MulI64 {
                Move B, Store64 A, Near32Store64 A, AddI64 B, MulI64 B, And B, Or B, Xor B,
                ShlI64Imm B, ShrUI64Imm B, RotlI64Imm B,
            }
            MulI64Imm { SubI64 C, }
            DivUI64Imm { Store64 A, }
            And {
                If A, IfLtI32 A, IfLtU A, IfEqImm A, IfNeImm A, CountLtI32 Nothing,
                CountNeI32 Nothing, CountLtUI32 Nothing, CountNeI32Imm Nothing, Move B, Select D,
                Load32 B, Load8U B, Store8 A, Store32 A, Store64 A, Near32Store64 A, AddI32 B,
                AddI32Imm B, AddI64 B, MulI64 B, And B, AndI32Imm B, AndI32Imm Nothing, Or B,
                Xor B, ShlI32Imm B, ShlI64Imm B, ShrUI32Imm B, ShrUI64Imm B, RotlI64Imm B,
            }
            AndI32Imm {
                If A, IfNot A, Return1 A, IfLtI32 A, IfLtU A, IfEqImm A, IfNeImm A,
                IfGeUImm Nothing, Const32 Nothing, Const64 Nothing, Move B, Move Nothing,
                MoveTwo Nothing, Select B, Select C, Select D, Select Nothing, Load32 B, Load8U B,
                Store8 A, Store32 A, AddI32 B, AddI32Imm B, AddI32Imm Nothing, DivUI32 Nothing,
                And B, AndI32Imm B, AndI32Imm Nothing, Or B, Xor B, ShlI32Imm B,
                ShlI32Imm Nothing, ShrUI32Imm B, Eq B, EqI32Imm B, Ne B, NeI32Imm B, LtI32 B,
                LtI32 C, LtI32Imm B, LtU B, LtU C, LtUI32Imm B, LeI32 B, LeI32 C, GtI32Imm B,
            }
            AndI64Imm { Move B, Store64 A, Near32Store64 A, AddI64 B, Xor B, ShlI64 C, }
            AndI64Wide { IfEq A, ConstWide Nothing, MulI64 B, }
            Or {
                If A, IfNot A, Return1 A, IfLtI32 A, IfLtU A, IfEqImm A, IfNeImm A, Move B,
                Load32 B, Load8U B, Store8 A, Store32 A, Store64 A, Near32Store64 A, AddI32 B,
                AddI32Imm B, AddI64 B, MulI64 B, And B, AndI32Imm B, Or B, Xor B, ShlI32Imm B,
                ShlI64Imm B, ShrUI32Imm B, ShrUI64Imm B, RotlI64Imm B,
            }
            OrI32Imm { Const32 Nothing, Store8 A, Store16 A, Store32 A, AddI32Imm Nothing, }
            OrI64Imm { Store64 A, AndI32Imm Nothing, }
            Xor {
                IfLtI32 A, IfLtU A, IfEqImm A, IfNeImm A, CountLtI32 Nothing, CountNeI32 Nothing,
                CountLtUI32 Nothing, CountNeI32Imm Nothing, Move B, Select B, Select C,
                Select Nothing, Load32 B, Load8U B, Store8 A, Store32 A, Store64 A,
                Near32Store64 A, AddI32 B, AddI32Imm B, AddI64 B, MulI64 B, And B, AndI32Imm B,
                Or B, Xor B, ShlI32Imm B, ShlI64Imm B, ShrUI32Imm B, ShrUI64Imm B,
                RotlI32Imm Nothing, RotlI64Imm B,
            }
            XorI32Imm { IfLtI32 A, Select B, Select C, Select Nothing, ShrUAndImmI32 B, }
            ShlI32 { AndI32Imm B, }
            ShlI32Imm {
                IfNot A, IfLtI32 A, IfLtU A, IfLtU Nothing, IfEqImm A, IfNeImm A, Const32 Nothing,
                Load32 B, Load8U B, Store8 A, Store32 A, AddI32 B, AddI32Imm B, And B,
                AndI32Imm B, Or B, Xor B, ShlI32Imm B, ShrI32Imm B, ShrUI32Imm B,
                ToFloatUF64I32 B,
            }
            ShlI64 { Move B, Store64 A, Near32Store64 A, AddI64 B, Xor B, WrapI32I64 B, }
            ShlI64Imm {
                Move B, Store64 A, Near32Store64 A, AddI64 B, MulI64 B, And B, Or B, Xor B,
                ShlI64Imm B, ShrUI64Imm B, RotlI64Imm B,
            }
            ShrUI32Imm {
                IfLtI32 A, IfLtU A, IfEqImm A, IfNeImm A, Load32 B, Load8U B, Store8 A, Store32 A,
                AddI32 B, AddI32Imm B, And B, AndI32Imm B, Or B, Xor B, ShlI32Imm B, ShrUI32Imm B,
            }
            ShrUI64 { Move B, Store64 A, Near32Store64 A, AddI64 B, Xor B, }
            ShrUI64Imm {
                Move B, Store8 A, Store64 A, Near32Store64 A, AddI64 B, MulI64 B, And B,
                AndI64Wide Nothing, Or B, Xor B, ShlI64Imm B, ShrUI64Imm B, ShrUI64Imm Nothing,
                RotlI64Imm B, WrapI32I64 B,
            }
            RotlI32Imm {
                IfLtI32 A, IfLtU A, IfEqImm A, IfNeImm A, Load32 B, Load8U B, Store8 A, Store32 A,
                AddI32 B, AddI32Imm B, And B, AndI32Imm B, Or B, Xor B, ShlI32Imm B, ShrUI32Imm B,
                RotlI32Imm Nothing,
            }
            RotlI64 { Move B, Store64 A, Near32Store64 A, AddI64 B, Xor B, }
            RotlI64Imm {
                Move B, Store64 A, Near32Store64 A, AddI64 B, MulI64 B, And B, Or B, Xor B,
                ShlI64Imm B, ShrUI64Imm B, RotlI64Imm B,
            }
            Eq { If A, IfNot A, Move B, Select D, And B, Or B, }
            EqI32Imm {
                If A, IfNot A, Const32 Nothing, Move B, Select D, AddI32 B, And B, Or B,
                EqI32Imm Nothing,
            }
            Ne { If A, IfNot A, Move B, Select D, And B, Or B, }
            NeI32Imm { If A, IfNot A, Move B, Select D, SubI32 C, And B, Or B, }
            LtI32 {
                If A, IfNot A, Move B, Select B, Select C, Select D, Select Nothing, And B, Or B,
            }
            LtI32Imm { If A, IfNot A, Move B, Select D, And B, Or B, }
            LtI64 { If A, IfNot A, }
            LtU {
                If A, IfNot A, ConstWide Nothing, Move B, Select B, Select C, Select D,
                Select Nothing, And B, Or B,
            }
            LtUI32Imm { If A, IfNot A, Move B, Select D, And B, Or B, }
            LeI32 { If A, IfNot A, Move B, Select D, And B, Or B, }
            LeI64 { If A, IfNot A, }
            LeU { If A, IfNot A, Move B, Select D, And B, Or B, }
            GtI32Imm { If A, IfNot A, Const32 Nothing, Move B, Select D, And B, Or B, }
            Extend32I64 { Move B, Store64 A, Near32Store64 A, AddI64 B, Xor B, }
            AddF32 { Store32 A, Near32Store32 A, AddF32 B, SubF32 B, SubF32 C, MulF32 B, }
            SubF32 { Store32 A, Near32Store32 A, AddF32 B, SubF32 B, SubF32 C, MulF32 B, }
            MulF32 { Store32 A, Near32Store32 A, AddF32 B, SubF32 B, SubF32 C, MulF32 B, }
            EqF32 { If A, IfNot A, }
            NeF32 { If A, IfNot A, }
            LtF32 { If A, IfNot A, }
            LeF32 { If A, IfNot A, }
            AddF64 {
                CountLtI32 Nothing, CountNeI32 Nothing, CountLtUI32 Nothing,
                CountNeI32Imm Nothing, ConstWide Nothing, Load64 Nothing, Store64 A,
                Near32Load64 Nothing, Near32Store64 A, Indexed32Load64 Nothing, MulAddF64 B,
                MulAddF64 Nothing, MulSubF64 B, MulSubF64 Nothing, MulRevSubF64 B, MulMulF64 B,
                AddI32Imm Nothing, AddF64 B, AddF64 Nothing, SubF64 B, SubF64 C, SubF64 Nothing,
                MulF64 B, MulF64 Nothing, DivF64 B, DivF64 C, SqrtF64 B,
            }
            SubF64 {
                Load64 Nothing, Store64 A, Near32Load64 Nothing, Near32Store64 A,
                Indexed32Load64 Nothing, MulAddF64 B, MulAddF64 Nothing, MulSubF64 B,
                MulSubF64 Nothing, MulRevSubF64 B, MulMulF64 B, AddI32Imm Nothing, AddF64 B,
                AddF64 Nothing, SubF64 B, SubF64 C, SubF64 Nothing, MulF64 B, MulF64 Nothing,
                DivF64 B, DivF64 C, SqrtF64 B,
            }
            MulF64 {
                ConstWide Nothing, Load64 Nothing, Store64 A, Near32Load64 Nothing,
                Near32Store64 A, Indexed32Load64 Nothing, MulAddF64 B, MulAddF64 Nothing,
                MulSubF64 B, MulSubF64 Nothing, MulRevSubF64 B, MulMulF64 B, AddI32Imm Nothing,
                AddF64 B, AddF64 Nothing, SubF64 B, SubF64 C, SubF64 Nothing, MulF64 B,
                MulF64 Nothing, DivF64 B, DivF64 C, SqrtF64 B,
            }
            DivF64 {
                Load64 Nothing, Store64 A, Near32Load64 Nothing, Near32Store64 A,
                Indexed32Load64 Nothing, MulAddF64 B, MulAddF64 Nothing, MulSubF64 B,
                MulSubF64 Nothing, MulRevSubF64 B, MulMulF64 B, AddI32Imm Nothing, AddF64 B,
                AddF64 Nothing, SubF64 B, SubF64 C, SubF64 Nothing, MulF64 B, MulF64 Nothing,
                DivF64 B, DivF64 C, SqrtF64 B,
            }
            EqF64 { If A, IfNot A, }
            NeF64 { If A, IfNot A, }
            LtF64 { If A, IfNot A, Move B, Select D, And B, Or B, }
            LeF64 { If A, IfNot A, Move B, Select D, And B, Or B, }
            SqrtF64 {
                Load64 Nothing, Store64 A, Near32Load64 Nothing, Near32Store64 A,
                Indexed32Load64 Nothing, MulAddF64 B, MulAddF64 Nothing, MulSubF64 B,
                MulSubF64 Nothing, MulRevSubF64 B, MulMulF64 B, AddI32Imm Nothing, AddF64 B,
                AddF64 Nothing, SubF64 B, SubF64 C, SubF64 Nothing, MulF64 B, MulF64 Nothing,
                DivF64 B, DivF64 C, SqrtF64 B,
            }
            WrapI32I64 {
                Load32 B, Load16U B, Near32Load32 B, ShlAddI32 B, AddI32 B, AddI32Imm B,
                AndI32Imm B, AndI64Wide Nothing,
            }
        }
    };
}

#[cfg(all(vbc_tail, not(debug_assertions), not(miri)))]
pub(super) use for_each_superinstruction;

macro_rules! superinstruction_list {
    ($($first:ident { $($second:ident $takes:ident,)* })*) => {
        /// The list.
        static SUPERINSTRUCTIONS: &[(Cell, &[(Cell, Takes)])] =
            &[$((Cell::$first, &[$((Cell::$second, Takes::$takes)),*])),*];
    };
}

for_each_superinstruction!(superinstruction_list);

/// By cell: its row in the list, plus one.
static ROWS: [u8; Cell::ALL.len()] = {
    let mut rows = [0; Cell::ALL.len()];
    let mut row = 0;
    while row < SUPERINSTRUCTIONS.len() {
        rows[SUPERINSTRUCTIONS[row].0 as usize] = row as u8 + 1;
        row += 1;
    }
    rows
};

/// Row and column of a superinstruction in the list.
pub(super) fn find(first: Cell, second: Cell, takes: Takes) -> Option<(usize, usize)> {
    let row = usize::from(ROWS[first as usize]).checked_sub(1)?;
    let same = |&one: &(Cell, Takes)| one == (second, takes);
    let column = SUPERINSTRUCTIONS[row].1.iter().position(same)?;
    Some((row, column))
}

/// The register in which a cell with these operands leaves what it hands over. For cells that
/// combine two instructions, whoever makes them knows it.
pub(super) fn result(cell: Cell, a: u16, c: u16) -> Option<u16> {
    match cell.columns().result {
        ResultIn::A => Some(a),
        ResultIn::C => Some(c),
        ResultIn::Nothing | ResultIn::Last => None,
    }
}

#[cfg(test)]
mod tests;
